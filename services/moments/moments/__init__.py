"""Moments: a program that runs for a resident, its modules, its practitioner and its end."""
