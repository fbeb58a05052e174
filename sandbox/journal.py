"""What the stand-in providers did: one JSON line each, on disk before the answer leaves.

The file is append-only. `reset` appends a marker, and readers start behind the last one, so the history of a
demo or a fault test is never lost. A line that a crash cut short was never answered; it is dropped at the
next start.
"""

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any


class Outcome(StrEnum):
    """What really happened on the provider's side, whatever the client was told."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RESET = "reset"


@dataclass(frozen=True)
class Effect:
    """One recipient's part of one request, as the provider saw it.

    `message` holds the whole message as UTF-8 text; bytes that are not UTF-8 are kept by surrogate escapes,
    so `message.encode("utf-8", "surrogateescape")` gives the bytes back. `size` counts those bytes. `answer`
    is what the client was told, empty where it was told nothing.
    """

    channel: str
    outcome: Outcome
    scenario: str
    recipient: str
    answer: str
    provider_message_id: str = ""
    message_id: str = ""
    size: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True)
class Record:
    """An effect with its place and time in the journal; `seq` counts from 1 and never restarts."""

    seq: int
    at: datetime
    effect: Effect


class Journal:
    """The append-only file and, in memory, where each record since the last reset begins."""

    def __init__(self, path: Path) -> None:
        """Open or make the file and find the records in it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = Lock()
        self._offsets: dict[int, int] = {}
        self._received: list[tuple[int, str, str]] = []
        self._seq = 0
        self._file = path.open("a+b")
        self._recover()
        _sync_folder(path.parent)

    def append(self, *effects: Effect) -> list[Record]:
        """Write the effects of one request and return them once they are on disk."""
        with self._lock:
            now = datetime.now(UTC)
            records = [Record(self._seq + n, now, effect) for n, effect in enumerate(effects, start=1)]
            offsets = self._write([_to_json(record) for record in records])
            for record, offset in zip(records, offsets, strict=True):
                self._remember(record.seq, offset, record.effect.outcome, record.effect.channel)
            return records

    def reset(self) -> None:
        """Hide everything before now from readers; the lines stay in the file."""
        with self._lock:
            marker = {"seq": self._seq + 1, "at": datetime.now(UTC).isoformat(), "outcome": Outcome.RESET}
            self._write([marker])
            self._forget()
            self._seq += 1

    def since(self, seq: int) -> Iterator[Record]:
        """The records after `seq` and after the last reset, oldest first."""
        with self._lock:
            wanted = [offset for number, offset in self._offsets.items() if number > seq]
        for offset in wanted:
            yield self._read(offset)

    def accepted(self, channel: str) -> list[int]:
        """The sequence numbers of a channel's accepted messages since the last reset, newest first."""
        with self._lock:
            return [
                seq
                for seq, name, outcome in reversed(self._received)
                if name == channel and outcome == Outcome.ACCEPTED
            ]

    def of_channels(self, channels: Collection[str]) -> list[tuple[int, Outcome]]:
        """Number and outcome of everything that came by some channels since the last reset, newest first."""
        with self._lock:
            return [(seq, Outcome(outcome)) for seq, name, outcome in reversed(self._received) if name in channels]

    def get(self, seq: int) -> Record | None:
        """The record with this number, or None where it does not exist or was reset."""
        with self._lock:
            offset = self._offsets.get(seq)
        return None if offset is None else self._read(offset)

    def close(self) -> None:
        """Close the file; everything answered is on disk already."""
        self._file.close()

    def _write(self, lines: list[dict[str, Any]]) -> list[int]:
        offsets = []
        end = self._file.seek(0, os.SEEK_END)
        for line in lines:
            offsets.append(end)
            end += self._file.write(json.dumps(line).encode("ascii") + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return offsets

    def _read(self, offset: int) -> Record:
        with self.path.open("rb") as file:
            file.seek(offset)
            return _from_json(json.loads(file.readline()))

    def _remember(self, seq: int, offset: int, outcome: str, channel: str) -> None:
        self._seq = seq
        self._offsets[seq] = offset
        self._received.append((seq, channel, outcome))

    def _forget(self) -> None:
        self._offsets.clear()
        self._received.clear()

    def _recover(self) -> None:
        self._file.seek(0)
        end = 0
        for raw in iter(self._file.readline, b""):
            if not raw.endswith(b"\n"):
                break
            line = json.loads(raw)
            if line["outcome"] == Outcome.RESET:
                self._forget()
                self._seq = line["seq"]
            else:
                self._remember(line["seq"], end, line["outcome"], line["channel"])
            end += len(raw)
        self._file.truncate(end)


def _to_json(record: Record) -> dict[str, Any]:
    effect = record.effect
    return {
        "seq": record.seq,
        "at": record.at.isoformat(),
        "channel": effect.channel,
        "outcome": effect.outcome,
        "scenario": effect.scenario,
        "recipient": effect.recipient,
        "answer": effect.answer,
        "provider_message_id": effect.provider_message_id,
        "message_id": effect.message_id,
        "size": effect.size,
        "headers": effect.headers,
        "message": effect.message,
    }


def _from_json(line: dict[str, Any]) -> Record:
    seq, at = line.pop("seq"), datetime.fromisoformat(line.pop("at"))
    return Record(seq=seq, at=at, effect=Effect(**{**line, "outcome": Outcome(line["outcome"])}))


def to_json_line(record: Record) -> str:
    """The record as it stands in the file, with its line end."""
    return json.dumps(_to_json(record)) + "\n"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
