"""Messages into a real folder: whole or not at all, once, and readable by a mail program and by a person."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import SMTP
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from leo_activation.activation.channels import LookedFor
from leo_activation.activation.channels.file import FileChannel, FileLog, FileSession, FileSettings
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import REPOSITORY
from tests.activation.channels.conformance import send
from tests.activation.channels.test_conformance import MESSAGE


def looked_for(*deliveries: UUID) -> list[LookedFor]:
    return [LookedFor(delivery, None, datetime.now(UTC)) for delivery in deliveries]


def test_a_mail_program_opens_what_was_written(tmp_path: Path) -> None:
    (answer,) = send(FileChannel(FileSettings(tmp_path)), MESSAGE)

    (path,) = tmp_path.iterdir()
    assert answer.provider_message_id == path.name == f"{MESSAGE.delivery_id}.eml"
    mail = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"].addresses == (Address("Cửa hàng Tất Đỏ", "news", "shop.example"),)
    assert mail["Message-ID"] == f"<{MESSAGE.delivery_id}@shop.example>"
    assert mail["List-Unsubscribe"] == f"<{MESSAGE.unsubscribe_url}>"
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == MESSAGE.text.splitlines()


def test_other_channels_write_what_a_person_reads(tmp_path: Path) -> None:
    message = replace(MESSAGE, recipient="84901234567", subject=None, html=None, provider_template_id="7")
    send(FileChannel(FileSettings(tmp_path, "zalo")), message)

    text = (tmp_path / f"{MESSAGE.delivery_id}.txt").read_text()
    head, _, body = text.partition("\n\n")
    assert "To: 84901234567" in head.splitlines()
    assert "Template: 7" in head.splitlines()
    assert body == MESSAGE.text + "\n"


def test_only_this_user_can_read_the_folder_and_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "retail" / "email"
    send(FileChannel(FileSettings(folder)), MESSAGE)

    (path,) = folder.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_never_written_over_and_counts_as_accepted(tmp_path: Path) -> None:
    channel = FileChannel(FileSettings(tmp_path))
    send(channel, MESSAGE)
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()

    (answer,) = send(channel, replace(MESSAGE, text="Another text"))

    assert answer.outcome is Outcome.ACCEPTED
    assert "earlier" in answer.detail
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [before]


def test_a_writer_that_died_before_the_name_was_given_left_no_message(tmp_path: Path) -> None:
    (tmp_path / f".{MESSAGE.delivery_id}.eml.dead.partial").write_bytes(b"From: half a mess")

    assert FileLog(FileSettings(tmp_path)).look_up(looked_for(MESSAGE.delivery_id)) == []

    (answer,) = send(FileChannel(FileSettings(tmp_path)), MESSAGE)
    assert (answer.outcome, answer.detail) == (Outcome.ACCEPTED, "written")


def test_the_log_names_what_is_there_and_says_nothing_of_what_is_not(tmp_path: Path) -> None:
    settings = FileSettings(tmp_path)
    send(FileChannel(settings), MESSAGE)

    (found,) = FileLog(settings).look_up(looked_for(uuid4(), MESSAGE.delivery_id, uuid4()))

    assert (found.delivery_id, found.outcome) == (MESSAGE.delivery_id, Outcome.ACCEPTED)
    assert found.provider_message_id == f"{MESSAGE.delivery_id}.eml"
    assert FileLog(FileSettings(tmp_path / "never made")).look_up(looked_for(MESSAGE.delivery_id)) == []


def test_a_folder_that_cannot_be_one_is_a_matter_of_the_set_up(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Configuration, match="cannot be used"):
        FileSession(tmp_path / "file").ready()


def test_a_message_that_could_be_no_mail_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Permanent):
        FileChannel(FileSettings(tmp_path)).build(replace(MESSAGE, subject=None))


ON_A_SMALL_DISK = """
import json, sys
from dataclasses import replace
from pathlib import Path
from uuid import uuid4
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.errors import Transient
from tests.activation.channels.test_conformance import MESSAGE

channel = FileChannel(FileSettings(Path(sys.argv[1])))
with channel.open() as session:
    session.ready()
    full = session.send(channel.build(replace(MESSAGE, text="x" * 100_000)))
    small = session.send(channel.build(replace(MESSAGE, delivery_id=uuid4())))
    left = [path.name for path in Path(sys.argv[1]).iterdir()]
print(json.dumps([full.outcome, full.phase, full.detail, full.pause is not None, small.outcome, len(left)]))
"""


def test_a_full_disk_is_not_an_attempt_that_failed_for_good(tmp_path: Path) -> None:
    command = ["sh", "-c", 'mount -t tmpfs -o size=64k tmpfs "$1" && shift && exec "$@"', "sh", str(tmp_path)]
    command = ["unshare", "--mount", "--propagation", "private", "--", *command]
    command += [sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path)]
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("a small disk of one's own needs root and unshare")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "plugins"), str(REPOSITORY)])}

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    if "mount:" in done.stderr:
        pytest.skip("this machine lets nobody mount")

    assert json.loads(done.stdout) == [
        "retry", "write", "ENOSPC: No space left on device", True, "accepted", 1,
    ]  # fmt: skip
