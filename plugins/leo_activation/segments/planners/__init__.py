"""Planners: from a request in words to a plan.

`grammar` reads English by rules, offline; `llm` asks a language model for what the grammar leaves. Both give the same
types (`segments.request`), and nothing that a planner says runs before it was compiled, gated and approved.
"""
