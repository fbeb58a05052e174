"""CSV files: every byte accounted for, whatever stands in them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.errors import Configuration
from leo_activation.sources import Collection, RowProblem, open_source
from leo_activation.sources.csv_files import CUSTOMERS, EVENTS, REV, CsvFiles

CUSTOMER = b"1,An,Le,an@example.com,AT,30,10.50,red,2026-01-01 08:00:00"


def _header(collection: Collection) -> bytes:
    return ",".join(column for column in collection.columns if column != REV).encode()


def write(folder: Path, rows: bytes, header: bytes | None = None) -> CsvFiles:
    folder.mkdir(exist_ok=True)
    line = _header(CUSTOMERS) if header is None else header
    (folder / "crm_customers.csv").write_bytes(line + b"\n" + rows)
    (folder / "clickstream_events.csv").write_bytes(_header(EVENTS) + b"\n")
    return CsvFiles(folder)


def test_a_row_keeps_its_line_and_bytes(tmp_path: Path) -> None:
    row = next(write(tmp_path, CUSTOMER + b"\r\n").read("crm_customers"))
    assert (row.line, row.raw, row.problem) == (2, CUSTOMER, None)
    assert row.values[:2] == ("1", "An")


def test_a_quoted_line_break_stays_inside_its_row(tmp_path: Path) -> None:
    source = write(tmp_path, b'1,"An\nBa",Le,,AT,30,1,red,2026-01-01\n' + CUSTOMER)
    rows = list(source.read("crm_customers"))
    assert [(row.line, row.values[1], row.problem) for row in rows] == [(2, "An\nBa", None), (4, "An", None)]


def test_a_quote_that_is_never_closed_costs_one_row_and_not_the_rest(tmp_path: Path) -> None:
    source = write(tmp_path, b'9,"An,Le,,AT,30,1,red,2026-01-01\n' + (CUSTOMER + b"\n") * 300)
    rows = list(source.read("crm_customers"))
    assert len(rows) == 301
    assert [row.problem for row in rows[:2]] == [RowProblem.MALFORMED, None]


def test_text_that_is_not_utf8_keeps_its_bytes_and_its_id(tmp_path: Path) -> None:
    row = next(write(tmp_path, CUSTOMER.replace(b"Le", b"L\xe9")).read("crm_customers"))
    assert row.problem is RowProblem.NOT_UTF8
    assert b"L\xe9" in row.raw
    assert row.values[0] == "1"


def test_a_nul_character_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    row = next(write(tmp_path, CUSTOMER.replace(b"Le", b"L\0")).read("crm_customers"))
    assert row.problem is RowProblem.NOT_UTF8
    assert "\0" not in "".join(filter(None, row.values))


def test_a_row_of_another_width_is_malformed(tmp_path: Path) -> None:
    row = next(write(tmp_path, CUSTOMER + b",more").read("crm_customers"))
    assert row.problem is RowProblem.MALFORMED
    assert row.raw == CUSTOMER + b",more"


def test_columns_are_found_by_name_and_others_left_alone(tmp_path: Path) -> None:
    header = b"\xef\xbb\xbfshoe_size," + _header(CUSTOMERS)
    row = next(write(tmp_path, b"42," + CUSTOMER, header).read("crm_customers"))
    assert row.values[0] == "1"


def test_a_column_that_is_never_copied_is_gone_from_the_row_and_its_bytes(tmp_path: Path) -> None:
    header = b"Password," + _header(CUSTOMERS)
    rows = list(
        write(tmp_path, b'"s3,cret",' + CUSTOMER + b"\ns3cret," + CUSTOMER + b",more", header).read("crm_customers")
    )
    assert rows[0].raw == CUSTOMER
    assert rows[1].problem is RowProblem.MALFORMED
    assert not any(b"cret" in row.raw for row in rows)


def test_a_missing_column_is_named_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(Configuration, match=r"crm_customers\.csv has no column 'age'"):
        write(tmp_path, b"", ",".join(CUSTOMERS.columns).replace("age,", "").encode())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, b"")
    (tmp_path / "clickstream_events.csv").unlink()
    with pytest.raises(Configuration, match=r"clickstream_events\.csv cannot be read: No such file"):
        open_source("csv", str(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Configuration, match="nowhere is not a folder"):
        open_source("csv", str(tmp_path / "nowhere"))


def test_an_unknown_kind_of_source_names_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(Configuration, match=r"kind 'excel'.*arangodump and csv"):
        open_source("excel", str(tmp_path))


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400))
def test_any_bytes_give_rows_that_together_are_those_bytes(
    body: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = list(write(tmp_path_factory.mktemp("any"), body).read("crm_customers"))
    kept = b"".join(row.raw for row in rows)
    assert kept.replace(b"\r", b"").replace(b"\n", b"") == body.replace(b"\r", b"").replace(b"\n", b"")
    assert all(len(row.values) == len(CUSTOMERS.columns) for row in rows)
    for row in rows:
        "".join(filter(None, row.values)).encode()
