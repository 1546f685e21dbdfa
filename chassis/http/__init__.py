"""The HTTP edge of every service: who asks, may they, what came in, and how a refusal reads."""
