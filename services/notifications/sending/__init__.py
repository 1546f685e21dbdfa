"""The loops that flush windows, send, reconcile and watch."""
