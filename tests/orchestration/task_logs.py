"""What the log of a task says of how far it is: so many of so many, by what is worked on."""

import re
from dataclasses import dataclass

import pytest

COUNTED = re.compile(r"(?:step |case )?(?P<done>[\d,]+) of (?P<total>[\d,]+)\b")


@dataclass(frozen=True)
class TaskLog:
    """What was logged since it was last cleared."""

    captured: pytest.LogCaptureFixture

    def told(self, work: str) -> list[tuple[int, int]]:
        """(done, total) of each line about some work, as they came."""
        lines = [line.removeprefix(work) for line in self.captured.messages if line.startswith(work)]
        found = [counted for line in lines if (counted := COUNTED.match(line.lstrip(":, ")))]
        return [(_number(counted["done"]), _number(counted["total"])) for counted in found]

    def expect(self, work: str, *told: int) -> None:
        """The log has told of exactly these numbers, each of the last of them, in lines about `work`."""
        assert self.told(work) == [(done, told[-1]) for done in told], self.captured.messages

    def expect_steps(self, work: str, *, at_least: int = 2) -> None:
        """The log has told of each step to the last, and of none twice."""
        found = self.told(work)
        assert len(found) >= at_least, self.captured.messages
        assert found == [(step, len(found)) for step in range(1, len(found) + 1)], self.captured.messages


def _number(text: str) -> int:
    return int(text.replace(",", ""))
