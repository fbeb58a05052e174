"""Where the messages of a run stand, in outcomes that are never put together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leo_activation.activation.audience.waterfall import WATERFALL
from leo_activation.activation.states import RunState
from leo_activation.desk.reading import Row

TO_COME = ("sending", "waiting", "later", "retry")
TRIED = ("accepted", "rejected", "unknown")
LATELY = timedelta(minutes=5)
"""Over which the speed is measured; count_outcomes.sql counts by it."""
SOON = timedelta(minutes=15)
"""A run whose next message comes later than this is not watched: nothing would move."""
RUNNING = frozenset({RunState.APPROVED, RunState.SENDING})


@dataclass(frozen=True)
class Standing:
    """Messages by outcome, of one channel or of all; `dropped` are those that the waterfall left out before."""

    by_outcome: Mapping[str, int]
    skipped: Mapping[str, int]

    def of(self, outcome: str) -> int:
        """Messages with one outcome."""
        return self.by_outcome.get(outcome, 0)

    @property
    def to_come(self) -> int:
        """Not begun, waiting for their time, to be tried again, or being handed over."""
        return sum(map(self.of, TO_COME))

    @property
    def tried(self) -> int:
        """Taken, refused for good, or unknown."""
        return sum(map(self.of, TRIED))

    @property
    def skipped_since(self) -> int:
        """Left out at the moment of sending, after the waterfall had let them through."""
        return sum(self.skipped.values())

    @property
    def planned(self) -> int:
        """Every message that the waterfall let through, whatever became of it."""
        return self.to_come + self.tried + self.of("cancelled") + self.skipped_since


@dataclass(frozen=True)
class Progress:
    """A run as it stands: all of it, each channel, and how fast it goes.

    due: messages that could be begun now. a_minute: messages settled a minute, over the last five; 0 where it stands.
    ends_at: when the last that is due now would be settled at that speed. next_at: when the next one is due of those
    that wait for their time. past_deadline: messages that stay unknown. unknown_at: when the newest of those became so
    for which a report is still waited for.
    """

    all: Standing
    channels: Mapping[str, Standing]
    due: int
    a_minute: int
    ends_at: datetime | None
    next_at: datetime | None
    last_at: datetime | None
    past_deadline: int
    unknown_at: datetime | None

    def is_moving(self, state: str, now: datetime, *, is_held: bool) -> bool:
        """Whether a look in a few seconds may show something else."""
        if self.all.of("sending"):
            return True
        if is_held or state not in RUNNING or not self.all.to_come:
            return False
        return self.due > 0 or (self.next_at is not None and self.next_at - now < SOON)


def progress_of(rows: Sequence[Row], steps: Sequence[Row], now: datetime) -> Progress:
    """Put together the rows of `count_outcomes`; `steps` are the run's waterfall, whose drops are not counted again."""
    outcomes: dict[str, Counter[str]] = {}
    skipped: dict[str, Counter[str]] = {}
    for row in rows:
        kept = skipped if row["outcome"] == "skipped" else outcomes
        name = row["skip_reason"] if row["outcome"] == "skipped" else row["outcome"]
        kept.setdefault(row["channel"], Counter())[name] += row["messages"]
    since = _since_planning(skipped, steps)
    total: Counter[str] = sum(outcomes.values(), Counter())
    a_minute = round(sum(row["lately"] for row in rows) / (LATELY / timedelta(minutes=1)))
    due = sum(row["due"] for row in rows)
    return Progress(
        all=Standing(total, since),
        channels={channel: Standing(counts, {}) for channel, counts in sorted(outcomes.items())},
        due=due,
        a_minute=a_minute,
        ends_at=now + timedelta(minutes=due / a_minute) if a_minute and due else None,
        next_at=min((row["next_at"] for row in rows if row["next_at"] is not None), default=None),
        last_at=max((row["last_at"] for row in rows if row["last_at"] is not None), default=None),
        past_deadline=sum(row["past_deadline"] for row in rows),
        unknown_at=max((row["unknown_at"] for row in rows if row["unknown_at"] is not None), default=None),
    )


def _since_planning(skipped: Mapping[str, Counter[str]], steps: Sequence[Row]) -> dict[str, int]:
    now: Counter[str] = sum(skipped.values(), Counter())
    dropped = {step["step"]: step["dropped"] for step in steps}
    planned = {str(reason): dropped.get(step, 0) for step, reason in WATERFALL if reason is not None}
    return {reason: more for reason, number in now.items() if (more := number - planned.get(reason, 0)) > 0}
