"""Everything that puts the services somewhere: one machine, Compose, Kubernetes."""
