"""Messaging: conversations between staff and residents within a moment, sealed by the moment's key."""
