"""How notifications lies in its database."""
