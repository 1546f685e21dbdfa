"""Programs, units and roles, residents, and the moments that run for them."""
