"""An SMS aggregator of Vietnam that speaks the contract of `docs/reference/brandname-contract.md`."""
