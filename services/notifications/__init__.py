"""Notifications: contact choices, and every SMS and e-mail to residents, accounted for one by one."""
