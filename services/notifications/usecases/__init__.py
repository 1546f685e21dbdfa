"""What notifications does, one module for each."""
