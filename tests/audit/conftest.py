"""The shop of the tests of activation: what it does is what the log records."""

from tests.activation.conftest import shop, tenant

__all__ = ["shop", "tenant"]
