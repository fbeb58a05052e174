"""The second compiler: a plan as SQL over the tables, independent of the graph and of the compiler to Cypher."""

from leo_activation.segments.sql.compiler import CompiledSql, compile_sql
from leo_activation.segments.sql.reading import read_tables

__all__ = ["CompiledSql", "compile_sql", "read_tables"]
