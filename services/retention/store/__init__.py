"""How retention looks on disk. Nothing in it is sealed, because nothing in it is more than an id, a code or a time."""
