"""The webhooks' tenant: nothing here looks at its graph."""

from tests.activation.conftest import tenant

__all__ = ["tenant"]
