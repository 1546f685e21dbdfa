"""The nouns and rules of flags; nothing here has met a database, a topic or a request."""
