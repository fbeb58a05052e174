"""The part of AQL that reads: tokens, parser, and evaluation over stored documents."""
