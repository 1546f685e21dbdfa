"""Programs as content: their definitions, versions, publishing, and on which units they may be started."""
