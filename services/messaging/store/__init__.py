"""How messaging's documents look: ids, counts and times in the open, all that is written sealed by the moment's key."""
