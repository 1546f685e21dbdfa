"""What staff and residents reach of retention over HTTP."""
