"""The providers that carry SMS and e-mail, behind one port."""
