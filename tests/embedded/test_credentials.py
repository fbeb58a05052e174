"""Generated passwords: made once, readable by their owner only."""

import json
import stat
from pathlib import Path

import pytest

from embedded.credentials import Credentials
from embedded.failure import SetupError


def test_passwords_are_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secrets.json"
    assert Credentials.load(path) == Credentials.load(path)


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    Credentials.load(tmp_path / "secrets.json")
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_the_signing_secret_is_long_enough_for_airflow(tmp_path: Path) -> None:
    assert len(Credentials.load(tmp_path / "secrets.json").airflow_jwt) >= 64


def test_a_value_that_an_older_file_lacks_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = Credentials.load(path)
    known = json.loads(path.read_text())
    del known["pseudonym_key"]
    path.write_text(json.dumps(known))
    second = Credentials.load(path)
    assert second.leo_owner == first.leo_owner
    assert second.pseudonym_key != first.pseudonym_key


def test_a_broken_file_is_named_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{")
    with pytest.raises(SetupError, match=r"secrets\.json is not readable"):
        Credentials.load(path)
    assert path.read_text() == "{"
