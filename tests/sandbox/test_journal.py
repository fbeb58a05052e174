import json
from pathlib import Path

from sandbox.journal import Effect, Journal, Outcome


def effect(recipient: str, outcome: Outcome = Outcome.ACCEPTED, message: str = "") -> Effect:
    return Effect("smtp", outcome, "ok", recipient, "250", message=message)


def test_numbers_go_on_where_the_last_process_stopped(journal_path: Path) -> None:
    first = Journal(journal_path)
    first.append(effect("a@example.com"), effect("b@example.com"))
    first.close()
    second = Journal(journal_path)
    (record,) = second.append(effect("c@example.com"))
    assert record.seq == 3
    assert [r.effect.recipient for r in second.since(0)] == ["a@example.com", "b@example.com", "c@example.com"]


def test_a_line_cut_short_by_a_crash_is_dropped_and_the_rest_kept(journal_path: Path) -> None:
    first = Journal(journal_path)
    first.append(effect("a@example.com"))
    first.close()
    whole = journal_path.read_bytes()
    journal_path.write_bytes(whole + b'{"seq": 2, "at": "2026')
    second = Journal(journal_path)
    assert [r.effect.recipient for r in second.since(0)] == ["a@example.com"]
    second.append(effect("b@example.com"))
    assert [json.loads(line)["seq"] for line in journal_path.read_text().splitlines()] == [1, 2]


def test_a_reset_hides_what_was_before_and_removes_nothing(journal_path: Path) -> None:
    journal = Journal(journal_path)
    journal.append(effect("a@example.com"))
    journal.reset()
    journal.append(effect("b@example.com"))
    assert [r.effect.recipient for r in journal.since(0)] == ["b@example.com"]
    assert journal.accepted("smtp") == [3]
    assert journal.get(1) is None
    assert [r.effect.recipient for r in Journal(journal_path).since(0)] == ["b@example.com"]
    assert len(journal_path.read_text().splitlines()) == 3


def test_only_accepted_messages_are_counted_as_received(journal_path: Path) -> None:
    journal = Journal(journal_path)
    journal.append(effect("a@example.com"), effect("b@example.com", Outcome.REJECTED), effect("c@example.com"))
    assert journal.accepted("smtp") == [3, 1]


def test_bytes_that_are_not_utf8_come_back_as_they_were(journal_path: Path) -> None:
    raw = bytes(range(256))
    journal = Journal(journal_path)
    journal.append(effect("a@example.com", message=raw.decode("utf-8", "surrogateescape")))
    (record,) = journal.since(0)
    assert record.effect.message.encode("utf-8", "surrogateescape") == raw
