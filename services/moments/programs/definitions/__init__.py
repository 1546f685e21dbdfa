"""Program definitions: the YAML that designers write, read strictly into a program."""
