"""Segments: from a request in words to reviewed members.

`plan` is the language, `planners` turn words into it, `explain` reads it back, `cypher` compiles it, `gate` lets only
understood Cypher through to the graph.
"""
