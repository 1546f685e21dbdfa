"""What retention knows: moments that wait to be purged, purges with their receipts, certificates. No names."""
