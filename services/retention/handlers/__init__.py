"""What retention does when others say something."""
