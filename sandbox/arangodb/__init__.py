"""A stand-in of ArangoDB 3.11: its HTTP API over documents in memory, for the unmodified python-arango client."""
