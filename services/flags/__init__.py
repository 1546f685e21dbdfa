"""Flags: what in a moment asks for attention, of whom, how often, and whether somebody has taken care of it."""
