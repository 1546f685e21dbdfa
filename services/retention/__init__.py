"""Retention: ended moments, their purge with receipts and a certificate, and the audit log of all services."""
