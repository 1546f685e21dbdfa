"""Residents: who they are, and what staff are told about them before a moment starts."""
