"""The timeline of a moment: everything that happened to it, told to staff in sentences."""
