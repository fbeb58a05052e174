"""Planners: from a request in words to a plan.

`grammar` reads English and Vietnamese by rules, offline; `llm` asks a language model for what the grammar leaves, and
`router` asks them in order. All give the same types (`segments.request`), and nothing that a planner says runs before
it was compiled, gated and approved.
"""
