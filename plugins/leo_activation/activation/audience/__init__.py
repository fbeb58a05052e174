"""Whom a run reaches: the waterfall, a tenant's rules, and what holds at the moment of sending."""
