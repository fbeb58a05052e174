"""What comes back from outside: recipients who unsubscribe. A small app of its own, put behind a TLS proxy."""

from leo_activation.webhooks.app import create_app, serve

__all__ = ["create_app", "serve"]
