"""The reference below docs/reference/generated, made from docstrings, DAGs, SQL headers and the schema.

    make reference

Each module here makes some of the pages, as {path below the folder: text}; `tests/embedded/test_reference.py` makes
them again and fails where a committed page differs.
"""
