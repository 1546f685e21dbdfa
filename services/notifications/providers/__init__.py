"""The providers that carry SMS, e-mail and inbox entries, behind one port."""
