"""The HTTP API: one module for each part of it, each handler from a Call to a Reply."""
