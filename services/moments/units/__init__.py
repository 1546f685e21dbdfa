"""Care units and the roles people hold at them."""
