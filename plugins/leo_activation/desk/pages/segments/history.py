"""The size of a segment over time: from how many, by who entered and left, to how many.

It adds up: members at the beginning + entered − left = members now. Entries and exits are those that refreshes counted;
causes are counted from the changes that are kept, so people who were erased since stand apart, in either sum.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from leo_activation.desk.charts import Chart, Gap, Kind, Mark, Series
from leo_activation.desk.reading import Row, read_rows
from leo_activation.warehouse.connections import Warehouse

PERIODS = (30, 90, 365)
DAYS_APART = 90
"""Longer periods are told by the week: bars of single days would be thinner than their gaps."""
MOST_POINTS = 150
FORGOTTEN = "forgotten"
"""The cause of changes that are not kept any more, because the people were erased."""
TONES = {
    "enter": {"data": "e1", "late_data": "e2", "interest_model": "e3", "definition": "e4", FORGOTTEN: "bar-drop"},
    "exit": {
        "data": "x1", "late_data": "x2", "interest_model": "x3", "definition": "x4", "source": "control-line",
        FORGOTTEN: "bar-drop",
    },
}  # fmt: skip
A_DAY = timedelta(days=1)
MISSED = 1.5
"""A refresh counts as missed when the next one took this many times as long as usual, and a day at the least."""


@dataclass(frozen=True)
class CauseTotal:
    """How many entered or left by a cause in the whole period; `tone` is the colour of its bars."""

    change: str
    cause: str
    people: int
    tone: str

    @property
    def key(self) -> str:
        """What the words of a chart's series are found by."""
        return f"{self.change} {self.cause}"


@dataclass(frozen=True)
class History:
    """A period of `days` up to `until`; `steps` are who entered and left by change and cause, by the day or week."""

    days: int
    until: datetime
    runs: Sequence[Row]
    steps: Mapping[datetime, Mapping[tuple[str, str], int]]
    before: Row | None
    now: int
    is_active: bool

    @property
    def start(self) -> int:
        """Members when the period began."""
        return int(self.before["member_count"]) if self.before is not None else 0

    @property
    def entered(self) -> int:
        """Who entered by the refreshes of the period, each time anew."""
        return int(self.runs[0]["entered"]) if self.runs else 0

    @property
    def left(self) -> int:
        """Who left by the refreshes of the period."""
        return int(self.runs[0]["exited"]) if self.runs else 0

    @property
    def otherwise(self) -> int:
        """Who left without a refresh, so that the sum is true in every case."""
        return self.start + self.entered - self.left - self.now

    @property
    def refreshes(self) -> int:
        """How many there were in the period."""
        return int(self.runs[0]["refreshes"]) if self.runs else 0

    @property
    def is_by_week(self) -> bool:
        """Whether entries and exits are told by the week."""
        return self.days > DAYS_APART

    @property
    def causes(self) -> list[CauseTotal]:
        """The causes of the period, entries first, each with those of most people first."""
        sums: Counter[tuple[str, str]] = Counter()
        for counted in self.steps.values():
            sums.update(counted)
        for change, whole in (("enter", self.entered), ("exit", self.left)):
            known = sum(people for (of, _), people in sums.items() if of == change)
            if whole > known:
                sums[change, FORGOTTEN] = whole - known
        totals = [
            CauseTotal(change, cause, people, TONES[change].get(cause, "bar-drop"))
            for (change, cause), people in sums.items()
        ]
        return sorted(totals, key=lambda one: (one.change, -one.people, one.cause))

    @property
    def missed(self) -> list[tuple[datetime, datetime]]:
        """From which refresh to which one was missing, by the usual time between two."""
        at = [run["finished_at"] for run in self.runs]
        if self.before is not None and at:
            at = [max(self.before["finished_at"], self.until - timedelta(days=self.days)), *at]
        apart = [later - earlier for earlier, later in pairwise(at)]
        usual = max(median(apart), A_DAY) if apart else A_DAY
        if at and self.is_active:
            at = [*at, self.until]
        return [(earlier, later) for earlier, later in pairwise(at) if later - earlier > usual * MISSED]

    def sizes(self, members: str, version: str, none: str) -> Chart:
        """Members at each refresh. The words are those of the series, a mark (with {number}) and a missed time."""
        points: list[tuple[datetime, int | None]] = [(run["finished_at"], run["member_count"]) for run in self.runs]
        gaps = [Gap(since, until, none) for since, until in self.missed]
        points += [(gap.since + (gap.until - gap.since) / 2, None) for gap in gaps]
        points.sort(key=lambda point: point[0])
        marks: list[Mark] = []
        shown = self.before["version"] if self.before is not None else None
        for run in self.runs:
            if run["version"] != shown:
                marks.append(Mark(run["finished_at"], version.replace("{number}", str(run["version"]))))
            shown = run["version"]
        line = Series(members, [size for _, size in points])
        return Chart(Kind.LINES, [at for at, _ in points], [line], marks, gaps)

    def flows(self, words: Mapping[str, str]) -> Chart:
        """Who entered, and below zero who left, by day or week and cause; words by `CauseTotal.key`."""
        moments = self._moments()
        refreshed = {self._step_of(run["finished_at"]) for run in self.runs}
        series = []
        for total in self.causes:
            if total.cause == FORGOTTEN:
                continue
            sign = 1 if total.change == "enter" else -1
            values = [
                sign * self.steps.get(at, {}).get((total.change, total.cause), 0) if at in refreshed else None
                for at in moments
            ]
            series.append(Series(words.get(total.key, total.key), values, total.tone))
        return Chart(Kind.STACKS, moments, series, whole_days=True)

    def _moments(self) -> list[datetime]:
        if not self.runs:
            return []
        step = timedelta(weeks=1) if self.is_by_week else A_DAY
        first, last = self._step_of(self.runs[0]["finished_at"]), self._step_of(self.until)
        # At least two weeks are drawn, so that a bar does not fill the picture.
        first = min(first, last - 13 * A_DAY)
        first = self._step_of(first)
        return [first + step * number for number in range((last - first) // step + 1)]

    def _step_of(self, at: datetime) -> datetime:
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - midnight.weekday() * A_DAY if self.is_by_week else midnight


def history_of(warehouse: Warehouse, tenant_id: str, one: Row, days: int) -> History:
    """The last days of a segment, as `desk/read_segment` tells it."""
    asked = {"segment_id": one["segment_id"], "days": days}
    runs = read_rows(warehouse, tenant_id, "desk/list_segment_runs", {**asked, "most": MOST_POINTS})
    before = read_rows(warehouse, tenant_id, "desk/read_segment_before", asked)
    steps: dict[datetime, dict[tuple[str, str], int]] = defaultdict(dict)
    if runs and runs[0]["entered"] + runs[0]["exited"]:
        step = "week" if days > DAYS_APART else "day"
        for row in read_rows(warehouse, tenant_id, "desk/list_segment_causes", {**asked, "step": step}):
            steps[row["since"]][row["change"], row["cause"]] = row["people"]
    return History(
        days=days,
        until=datetime.now(UTC),
        runs=runs,
        steps=steps,
        before=before[0] if before else None,
        now=one["members"],
        is_active=one["state"] == "active",
    )
