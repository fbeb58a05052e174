"""A stand-in of Firebase Cloud Messaging: the token service of a service account, and messages:send."""
