"""The whole system on one machine without Docker: the real MongoDB and the real Kafka, local stand-ins for the rest.

Nothing here is part of an image of a service; no service imports it.
"""
