"""How the documents of flags look: ids, codes and times only, so nothing is sealed and nothing needs to be."""
