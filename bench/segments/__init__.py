"""Reference segments: their compiled Cypher against the best SQL that was written for each by hand."""

from bench.segments.run import run

__all__ = ["run"]
