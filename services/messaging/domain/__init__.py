"""The nouns and rules of messaging; nothing here has met a database, a topic or a request."""
