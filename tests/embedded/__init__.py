"""The local stack: the real parts and the stand-ins."""
