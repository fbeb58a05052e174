"""A key that is kept signs the same after a restart; one that is not is new."""

from pathlib import Path

import pytest

from sandbox.sendgrid.signatures import SigningKey


def test_a_key_that_is_kept_is_the_same_after_a_restart_and_no_one_elses_to_read(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "sendgrid.pem"
    first, again = SigningKey.kept_in(file), SigningKey.kept_in(file)
    assert first.public_key == again.public_key == file.with_suffix(".pub").read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_two_keys_that_are_not_kept_differ() -> None:
    assert SigningKey().public_key != SigningKey().public_key


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("something else")
    with pytest.raises(ValueError, match="PEM"):
        SigningKey.kept_in(tmp_path / "no.pem")
