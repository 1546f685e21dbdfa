"""What a composed stack needs once before it runs; called by docker-compose.yml in the image of `deploy`."""
