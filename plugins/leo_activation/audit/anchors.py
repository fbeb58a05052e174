"""The head of each tenant's log, in a file outside the database: whoever rewrites the log has to rewrite it too.

The file only ever grows, one JSON object a line, fsynced. Keep its folder on another machine or on storage that can be
written once: an anchor that the database's administrator can edit proves nothing against that administrator.
"""

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from leo_activation.errors import Permanent


@dataclass(frozen=True)
class Anchor:
    """One batch as it was when it was sealed; `hash` is hexadecimal."""

    batch: int
    last_position: int
    hash: str
    sealed_at: str


class AnchorFile:
    """The anchors of one tenant."""

    def __init__(self, folder: Path, tenant_id: str) -> None:
        """Take the folder, which is made when the first anchor is written."""
        self.path = folder / f"{tenant_id}.jsonl"

    def read(self) -> list[Anchor]:
        """Every anchor in its order; none where there is no file.

        Raises:
            Permanent: a line is not an anchor. The last one may be: a process that was killed while it wrote.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        anchors = []
        for number, line in enumerate(lines, start=1):
            try:
                anchors.append(Anchor(**json.loads(line)))
            except (ValueError, TypeError) as error:
                if number == len(lines):
                    break
                raise Permanent(f"Line {number} of {self.path} is not an anchor of the audit log.") from error
        return anchors

    def append(self, anchors: Sequence[Anchor]) -> None:
        """Write anchors at the end, on the disk when this returns; those that stand there already are left out."""
        if not anchors:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _begin_a_line(self.path, file.fileno())
            last = max((anchor.batch for anchor in self.read()), default=0)
            for anchor in anchors:
                if anchor.batch > last:
                    file.write(json.dumps(asdict(anchor)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _begin_a_line(path: Path, descriptor: int) -> None:
    """Cut a last line that was left half-written."""
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.ftruncate(descriptor, content.rfind(b"\n") + 1)
