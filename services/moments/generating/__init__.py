"""Made-up moments in bulk, for development and benchmarks: through the same codecs as every other, sealed alike."""
