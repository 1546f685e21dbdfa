"""What can be asked of retention."""
