"""How messages leave: the ledger, the dispatcher, the guard, and how fast."""
