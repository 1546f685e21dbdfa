"""What messaging can be asked to do; both sides ask the same things, and the actor says which side asks."""
