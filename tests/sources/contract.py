"""What every source promises (docs/guides/adding-a-source.md), asked of one that is there."""

from leo_activation.sources import Source

NEVER = b"NEVERCOPY"
"""A value that tests put into fields that are never copied."""


def hold_to_the_contract(source: Source) -> None:
    """Read every collection twice, and fail at the first broken promise. The source must have rows."""
    collections = source.collections()
    assert collections
    assert len({collection.name for collection in collections}) == len(collections)
    for collection in collections:
        rows = list(source.read(collection.name))
        assert rows == list(source.read(collection.name)), "reading twice gives the same rows in the same order"
        assert abs(source.count(collection.name) - len(rows)) <= max(1, len(rows) // 10), "the count is near"
        assert collection.key in collection.columns
        assert collection.rev is None or collection.rev in collection.columns
        for row in rows:
            assert len(row.values) == len(collection.columns), "a text or nothing for each column"
            assert all(value is None or (isinstance(value, str) and "\0" not in value) for value in row.values)
            assert NEVER not in row.raw
            assert not any(value and NEVER.decode() in value for value in row.values)
            if row.problem is None:
                assert row.raw
                assert row.values[collection.columns.index(collection.key)], "a sound row has its key"
        if collection.rev is not None:
            place = collection.columns.index(collection.rev)
            told = {row.raw: row.values[place] for row in rows if row.problem is None}
            assert len(set(told.values())) == len(told), "other bytes, another revision"
    assert any(True for collection in collections for _ in source.read(collection.name)), "there are rows to judge by"
