"""SMS under a brand name of Vietnam, by the contract of docs/reference/brandname-contract.md."""
