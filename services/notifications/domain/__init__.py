"""What a notice is and what may become of it."""
