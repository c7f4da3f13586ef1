"""Engines: what answers requests. `engine` holds the Protocol; each other module is one engine."""
