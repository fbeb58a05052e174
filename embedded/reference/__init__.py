"""The reference below docs/reference/generated, made from docstrings, DAGs, SQL headers and the schema.

    make reference

`dag_pages`, `python_pages` and `sql_pages` each make some of them, `pages` all; `tests/embedded/test_reference.py`
makes them again and fails where a committed page differs.
"""
