"""Invented shops for the demo and the tests: one believable world, written as CSV files or as an arangodump.

Everything is a function of ``(seed, as_of, profile index)``, so the same arguments give the same bytes, profile 17 is
the same person in a world of 100 and in a world of 1,000,000, and any part of the world can be made by itself.
No contact address in it can be delivered to: see :mod:`sandbox.sample_data.contacts`.
"""
