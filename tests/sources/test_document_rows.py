"""The quick way from a document to a row says what the patient one says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leo_activation.sources.document_rows import DocumentRows
from leo_activation.sources.leo_documents import EVENT, PROFILE, column_texts, without_never_copied
from leo_activation.sources.source import RowProblem

# Texts that are no half of a surrogate pair, so that they can be written as UTF-8.
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
_VALUES = st.recursive(
    _LEAVES | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("a", "Password", "é")) | _TEXTS, inner)
    ),
    max_leaves=6,
)
_NAMES = st.sampled_from((*PROFILE.columns, "password", "webCookies", "GOVERNMENTISSUEDIDS", "identities", "other"))


@given(st.dictionaries(_NAMES, _VALUES), st.booleans(), st.sampled_from(("k1", "", None, 5)))
def test_a_document_gives_the_values_and_bytes_that_reading_all_of_it_gives(
    document: dict[str, object], escaped: bool, key: object
) -> None:
    document["_key"] = key
    raw = json.dumps(document, ensure_ascii=escaped, separators=(",", ":")).encode()
    row = DocumentRows(PROFILE.columns).row(3, raw)
    if row.problem is not None:
        # Only what PostgreSQL cannot hold as text is refused.
        assert row.problem is RowProblem.NOT_UTF8
        assert b"\\u0000" in raw
        return
    kept = without_never_copied(document)
    assert [_read(text) for text in row.values] == [_read(text) for text in column_texts(kept, PROFILE.columns)]
    assert json.loads(row.raw) == kept


@pytest.mark.parametrize(
    "raw",
    [
        b'{"_key": "e1", "other": [1, 2,}',
        b'{"_key": "e1", "other": NaN}',
        b'{"_key": "e1"} more',
        b'{"_key": "e1", "other": "\\q"}',
        b'["e1"]',
        b'{"_key": "e1", "other": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_document_is_malformed_also_where_no_column_is_touched(raw: bytes) -> None:
    row = DocumentRows(EVENT.columns).row(1, raw)
    assert (row.problem, set(row.values[1:]), row.raw) == (RowProblem.MALFORMED, {None}, raw)


def test_bytes_that_are_not_utf8_are_told_also_in_a_field_that_is_skipped() -> None:
    row = DocumentRows(EVENT.columns).row(1, b'{"_key": "e1", "other": "\xff"}')
    assert (row.problem, row.values[0], set(row.values[1:])) == (RowProblem.NOT_UTF8, "e1", {None})


@pytest.mark.parametrize(
    ("raw", "key", "rev"),
    [
        (b'{"_key": "e1", "_rev": "_jV--x-_", "createdAt": }', "e1", "_jV--x-_"),
        (b'{"password": "x", "_rev":"r", "_key" :\t"a:b@c"', "a:b@c", "r"),
        (b'{"_key": "e1", "eventData": {"_key": "e1"', "e1", None),
        (b'{"_key": "e1", "eventData": {"_key": "e2"', None, None),
        (b'{"_key": "e 1", "_rev": 5', None, None),
        (b"", None, None),
    ],
)
def test_a_spoiled_document_is_known_by_the_one_key_and_revision_in_its_bytes(
    raw: bytes, key: str | None, rev: str | None
) -> None:
    row = DocumentRows(EVENT.columns).row(1, raw)
    assert row.problem is RowProblem.MALFORMED
    assert row.values == (key, rev, *[None] * (len(EVENT.columns) - 2))


def test_a_document_with_text_that_postgresql_cannot_hold_is_known_by_its_key() -> None:
    row = DocumentRows(EVENT.columns).row(1, b'{"_key": "e1", "_rev": "r1", "message": "\\u0000"}')
    assert (row.problem, row.values[:2], set(row.values[2:])) == (RowProblem.NOT_UTF8, ("e1", "r1"), {None})


@pytest.mark.parametrize("form", [b'"citizen:1"', b'{"citizen": 1}'])
def test_identities_in_a_form_that_cannot_be_judged_are_left_out(form: bytes) -> None:
    row = DocumentRows(PROFILE.columns).row(1, b'{"_key":"p1","identities":' + form + b"}")
    assert (row.values[PROFILE.columns.index("identities")], row.raw) == (None, b'{"_key":"p1"}')


def test_identities_that_repeat_cookies_are_dropped_where_the_cookies_themselves_were_left_out_before() -> None:
    row = DocumentRows(PROFILE.columns).row(1, b'{"_key":"p1","identities":["email:a@example.com","cookie:abc"]}')
    assert row.values[PROFILE.columns.index("identities")] == '["email:a@example.com"]'
    assert b"abc" not in row.raw


def _read(text: str | None) -> object:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
