"""Whole stories on a whole stack: every process is real, and so is what is done to it."""
