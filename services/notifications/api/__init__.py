"""What residents, staff, operations and the SMS provider reach over HTTP."""
