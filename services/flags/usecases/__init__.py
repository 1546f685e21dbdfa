"""What flags can be asked to do, by what is heard and by people."""
