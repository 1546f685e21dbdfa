"""What notifications does about what others say, one module for each who says it."""
