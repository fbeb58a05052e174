"""Dumps of LEO CDP: streamed, plain or gzipped, less what is never copied."""

import gzip
import json
from pathlib import Path

import pytest

from leo_activation.errors import Configuration, Permanent
from leo_activation.sources import RowProblem, open_source
from leo_activation.sources.arangodump import Arangodump
from leo_activation.sources.leo_documents import COLLECTIONS
from tests.sync.small_sources import write_dump

SECRET = "NEVERCOPY"


def profiles(folder: Path, lines: list[bytes], *, compress: bool = False) -> Arangodump:
    write_dump(folder, compress=compress)
    suffix = ".data.json.gz" if compress else ".data.json"
    file = next(folder.glob(f"cdp_profile_*{suffix}"))
    content = b"\n".join(lines) + b"\n"
    file.write_bytes(gzip.compress(content) if compress else content)
    return Arangodump(folder)


@pytest.mark.parametrize("compress", [False, True])
def test_a_document_becomes_texts_in_the_order_of_the_columns(tmp_path: Path, compress: bool) -> None:
    document = {"_key": "p1", "age": 30, "receiveEmail": -1, "firstName": "", "contentKeywords": ["đi bộ"]}
    source = profiles(tmp_path, [json.dumps(document).encode()], compress=compress)
    row = next(source.read("cdp_profile"))
    values = dict(zip(COLLECTIONS["cdp_profile"].columns, row.values, strict=True))
    assert (values["_key"], values["age"], values["receiveEmail"]) == ("p1", "30", "-1")
    assert values["contentKeywords"] == '["đi bộ"]'
    assert values["firstName"] is None
    assert source.count("cdp_profile") == 1


def test_fields_that_are_never_copied_are_gone_at_any_depth_and_from_the_bytes(tmp_path: Path) -> None:
    document = {
        "_key": "p1",
        "password": SECRET,
        "webCookies": {"a": SECRET},
        "governmentIssuedIDs": [SECRET],
        "extAttributes": {"Password": SECRET, "kept": "yes"},
        "identities": [f"web:{SECRET}", f"citizen:{SECRET}", "crm:1"],
    }
    row = next(profiles(tmp_path, [json.dumps(document).encode()]).read("cdp_profile"))
    assert SECRET not in "".join(filter(None, row.values))
    assert json.loads(row.raw) == {"_key": "p1", "extAttributes": {"kept": "yes"}, "identities": ["crm:1"]}


@pytest.mark.parametrize(
    "line",
    [
        b'{"_key": "p1", "password": "NEVERCOPY", "age": }',
        b'{"_key": "p1", "pass\\u0077ord": "NEVERCOPY", "age": }',
        b'{"_key": "p1", "firstName": "\xff", "WEBCOOKIES": "NEVERCOPY"}',
        b'{"_key": "p1", "identities": ["web:NEVERCOPY"], "password": "NEVERCOPY"',
        b'["password", "NEVERCOPY"]',
    ],
)
def test_a_line_that_cannot_be_taken_apart_is_cut_before_what_is_never_copied(tmp_path: Path, line: bytes) -> None:
    row = next(profiles(tmp_path, [line]).read("cdp_profile"))
    assert row.problem in {RowProblem.MALFORMED, RowProblem.NOT_UTF8}
    assert SECRET.encode() not in row.raw


def test_a_name_written_in_escapes_is_dropped_too(tmp_path: Path) -> None:
    row = next(profiles(tmp_path, [b'{"_key": "p1", "pass\\u0077ord": "NEVERCOPY"}']).read("cdp_profile"))
    assert row.problem is None
    assert SECRET.encode() not in row.raw


@pytest.mark.parametrize("value", [b"\\u0000", b"\\ud800", b'x", "extAttributes": {"a": "\\u0000"}, "b": "'])
def test_text_that_postgresql_cannot_hold_is_a_fault_and_not_a_crash(tmp_path: Path, value: bytes) -> None:
    row = next(profiles(tmp_path, [b'{"_key": "p1", "firstName": "' + value + b'"}']).read("cdp_profile"))
    assert row.problem is RowProblem.NOT_UTF8


@pytest.mark.parametrize("line", [b"{", b"[1]", b'{"_key": NaN}', b"[" * 100_000])
def test_a_line_that_is_no_document_is_malformed(tmp_path: Path, line: bytes) -> None:
    assert next(profiles(tmp_path, [line]).read("cdp_profile")).problem is RowProblem.MALFORMED


def test_documents_in_the_envelope_of_older_dumps_are_unwrapped(tmp_path: Path) -> None:
    line = json.dumps({"type": 2300, "data": {"_key": "p1", "password": SECRET}}).encode()
    row = next(profiles(tmp_path, [line]).read("cdp_profile"))
    assert row.values[0] == "p1"
    assert SECRET.encode() not in row.raw


def test_a_gzip_file_that_was_cut_off_is_no_shorter_collection(tmp_path: Path) -> None:
    source = profiles(tmp_path, [b'{"_key": "p%d"}' % number for number in range(5000)], compress=True)
    file = next(tmp_path.glob("cdp_profile_*.data.json.gz"))
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(Permanent, match=r"cdp_profile_.*damaged or cut off"):
        list(source.read("cdp_profile"))


def test_a_dump_without_a_collection_names_it(tmp_path: Path) -> None:
    write_dump(tmp_path)
    next(tmp_path.glob("cdp_trackingevent_*.structure.json")).unlink()
    with pytest.raises(Configuration, match="no structure file of the collection cdp_trackingevent"):
        open_source("arangodump", str(tmp_path))


def test_a_dump_may_lack_a_collection_that_is_optional(tmp_path: Path) -> None:
    write_dump(tmp_path)
    lacking = Arangodump(tmp_path)
    assert {each.name for each in lacking.collections()} == {
        each.name for each in COLLECTIONS.values() if not each.optional
    }
    for name in (each.name for each in COLLECTIONS.values() if each.optional):
        (tmp_path / f"{name}_0.structure.json").write_text(f'{{"parameters": {{"name": "{name}"}}}}')
        (tmp_path / f"{name}_0.data.json").write_text("")
    assert [each.name for each in Arangodump(tmp_path).collections()] == list(COLLECTIONS)


def test_a_dump_without_a_data_file_names_it(tmp_path: Path) -> None:
    write_dump(tmp_path)
    next(tmp_path.glob("cdp_profile_*.data.json")).unlink()
    with pytest.raises(Configuration, match=r"no data file cdp_profile_\w+\.data\.json"):
        open_source("arangodump", str(tmp_path))


def test_a_folder_that_is_no_dump_names_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(Configuration, match=r"dump\.json cannot be read: No such file"):
        open_source("arangodump", str(tmp_path))


def test_an_encrypted_dump_is_refused(tmp_path: Path) -> None:
    write_dump(tmp_path)
    (tmp_path / "ENCRYPTION").write_text("aes-256-ctr")
    with pytest.raises(Configuration, match="is encrypted"):
        open_source("arangodump", str(tmp_path))
