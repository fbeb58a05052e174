"""Fixtures of the rights of people: the sync's own."""

from tests.sync.conftest import leo_tenant, run_sync

__all__ = ["leo_tenant", "run_sync"]
