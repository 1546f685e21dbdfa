"""The demo: one story through the public APIs of a running stack, judged from outside by what its sinks received."""
