"""The published language: what services and other regional systems may say to each other, and nothing of ours.

Depends on pydantic alone, so that a subscriber in another system can take this folder as it is.
"""
