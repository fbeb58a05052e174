"""The rights of people: erasure, export, requests with legal clocks, restriction, consent, and for how long data stays.

Every table that holds something of a person stands in `registry`, with what is done about it. This package knows no
channel and no source: whoever calls it (`actions/people`, the DAGs) hands it the lock of the sync, the seal and the
files. `docs/concepts/rights.md` tells what each right does here.
"""
