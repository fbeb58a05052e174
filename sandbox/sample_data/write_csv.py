"""The discovery world as two CSV files, in the form of the public audience-discovery data.

``crm_customers.csv`` and ``clickstream_events.csv`` have that data's columns and conventions: integer ids, money with
two decimals, moments with microseconds and without a zone (they are UTC). Events are in order of time.
"""

import csv
import io
import json
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import TextIO

from sandbox.sample_data import metrics, names
from sandbox.sample_data.behaviour import Action, Line, live
from sandbox.sample_data.chunks import in_order, ranges
from sandbox.sample_data.contacts import email
from sandbox.sample_data.faults import (
    CustomerRowFault,
    EventRowFault,
    FaultLog,
    count_of_each,
    part_of,
)
from sandbox.sample_data.moments import DAY, iso_ms, naive_us
from sandbox.sample_data.people import discovery_favourite, discovery_shopper
from sandbox.sample_data.places import DISCOVERY_COUNTRIES
from sandbox.sample_data.streams import Purpose, between, pick, stream
from sandbox.sample_data.world import RED, World, discovery_world

CUSTOMERS = "crm_customers.csv"
EVENTS = "clickstream_events.csv"
CUSTOMER_COLUMNS = (
    "customer_id", "first_name", "last_name", "email", "country", "age", "total_spent", "favorite_color", "created_at",
)  # fmt: skip
EVENT_COLUMNS = ("event_id", "customer_id", "event_type", "product", "color", "price", "event_timestamp")

_EVENT_TYPES = {metrics.ITEM_VIEW: "view", metrics.ADD_TO_CART: "add_to_cart"}
# Room for the events of one customer, and a bijection of all rooms onto nine digits: ids that look drawn, never twice.
_ROOM = 512
_FIRST_EVENT_ID, _EVENT_IDS, _STRIDE = 100_000_000, 899_999_963, 377_358_491
# In the public data one customer in seventy has an event whose id stands on another event too.
_TWICE_USED_ID_EVERY = 70
_BIG_SPENDER = 800.0


@dataclass(frozen=True, slots=True)
class CsvSettings:
    """``fault_share`` is the share of customers to spoil in each kind of fault; 0 writes files without faults."""

    profiles: int
    seed: int
    as_of: int
    fault_share: float
    workers: int


@dataclass(frozen=True, slots=True)
class _Request:
    settings: CsvSettings
    start: int
    stop: int
    place: int
    places: int


@dataclass(frozen=True, slots=True)
class _Row:
    at: int
    kind: str
    product: str
    color: str
    price: float
    moment: str


@dataclass(slots=True)
class _Tally:
    customers: int = 0
    events: Counter[str] = field(default_factory=Counter)
    twice_used_ids: int = 0
    faults: FaultLog = field(default_factory=FaultLog)
    truth: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Part:
    """The customers' lines, and the events' lines by day (days since 1970), each with its moment before it."""

    customers: str
    days: dict[int, list[tuple[str, str]]]
    tally: _Tally


@lru_cache(maxsize=2)
def _world(seed: int, as_of: int) -> World:
    return discovery_world(seed, as_of)


def event_id(index: int, number: int) -> int:
    """The id of a customer's event: nine digits, unique, the same in every size of world."""
    return _FIRST_EVENT_ID + (index * _ROOM + number) * _STRIDE % _EVENT_IDS


def _rows(rng: Random, actions: Sequence[Action]) -> Iterator[_Row]:
    for action in actions:
        if action.line and action.metric in _EVENT_TYPES:
            lines: tuple[Line, ...] = (action.line,)
            kind = _EVENT_TYPES[action.metric]
        elif action.order and action.metric in metrics.PURCHASES:
            lines, kind = action.order.lines, "purchase"
        else:
            continue
        for line in lines:
            moment = naive_us(action.at, between(rng, 0, 999))
            yield _Row(action.at, kind, line.product.title, line.colour, line.price, moment)


def _line(values: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


class _Chunk:
    def __init__(self, request: _Request) -> None:
        self.request = request
        self.world = _world(request.settings.seed, request.settings.as_of)
        self.customers: list[str] = []
        self.days: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        self.tally = _Tally()

    def make(self) -> _Part:
        request = self.request
        # Small files too have at least a few ids used twice.
        every = min(_TWICE_USED_ID_EVERY, max(10, request.settings.profiles // 7))
        before: list[_Row] = []
        for index in range(request.start, request.stop):
            shares = request.settings.fault_share > 0 and index % every == every - 1 and bool(before)
            before = self._customer(index, other=index - 1 if shares else None)
        each = count_of_each(request.settings.profiles, request.settings.fault_share)
        for number in part_of(each * len(CustomerRowFault), request.place, request.places):
            self._spoiled_customer(number)
        for number in part_of(each * len(EventRowFault), request.place, request.places):
            self._spoiled_event(number)
        return _Part("".join(self.customers), dict(self.days), self.tally)

    def _customer(self, index: int, other: int | None) -> list[_Row]:
        """Write one customer. With ``other``, their second event takes the id of that customer's first event."""
        world = self.world
        rng = stream(world.seed, Purpose.CONTACT, index)
        country = DISCOVERY_COUNTRIES.draw(rng)
        woman = rng.random() < 0.52
        first = pick(rng, names.europe_names(country, woman))
        last = pick(rng, names.europe_family_names(country))
        favourite = discovery_favourite(rng)
        shopper = discovery_shopper(world, index, favourite)
        rows = list(_rows(rng, live(stream(world.seed, Purpose.LIFE, index), world, shopper)))[:_ROOM]
        bought = sum(row.price for row in rows if row.kind == "purchase")
        tenure = max(0.0, (world.history_start - shopper.joined) / DAY)
        earlier = rng.lognormvariate(6.5, 0.8) * min(1.0, tenure / 420) if tenure else 0.0
        spent = round(bought + earlier, 2)
        # 18 to 70, most around 35.
        age = 18 + int(52 * (rng.random() * 0.45 + rng.random() * 0.55) ** 1.35)
        self.customers.append(
            _line(
                (index + 1, first, last, email(rng, first, last, index + 1), country, age, f"{spent:.2f}", favourite,
                 naive_us(shopper.joined, between(rng, 0, 999)))
            )
        )  # fmt: skip
        self.tally.customers += 1
        for number, row in enumerate(rows):
            shared = other is not None and number == 1
            identity = event_id(other, 0) if shared and other is not None else event_id(index, number)
            self.tally.twice_used_ids += shared
            self.tally.events[row.kind] += 1
            self._event(row.at, row.moment, (
                identity, index + 1, row.kind, row.product, row.color, f"{row.price:.2f}", row.moment,
            ))  # fmt: skip
        self._ask(rows, spent)
        return rows

    def _event(self, at: int, moment: str, values: Sequence[object]) -> None:
        self.days[at // DAY].append((moment, _line(values)))

    def _ask(self, rows: Sequence[_Row], spent: float) -> None:
        as_of = self.world.as_of
        recent = [row for row in rows if row.at >= as_of - 60 * DAY]
        socks = [row for row in recent if row.kind == "purchase" and row.product == "socks"]
        month = {row.kind for row in rows if row.at >= as_of - 30 * DAY}
        self.tally.truth.update(
            {
                "bought_socks_60d": bool(socks),
                "bought_red_socks_60d": any(row.color == RED for row in socks),
                "bought_anything_60d": any(row.kind == "purchase" for row in recent),
                "carted_not_bought_30d": "add_to_cart" in month and "purchase" not in month,
                "total_spent_above_800": spent > _BIG_SPENDER,
                "without_events": not rows,
            }
        )

    def _spoiled_customer(self, number: int) -> None:
        kind = list(CustomerRowFault)[number % len(CustomerRowFault)]
        rng = stream(self.world.seed, Purpose.FAULT, number)
        customer = str(self.request.settings.profiles + 1 + number)
        moment = naive_us(self.world.as_of - between(rng, 20, 600) * DAY, 0)
        values = [customer, "Eva", "Novák", f"eva.novak{customer}@example.com", "CZ", "34", "120.50", "blue", moment]
        if kind is CustomerRowFault.MISSING_CUSTOMER_ID:
            values[0] = ""
        elif kind is CustomerRowFault.BAD_DATE:
            values[-1] = "2025-02-30 08:00:00"
        else:
            values[5] = "thirty"
        self.customers.append(_line(values))
        self.tally.faults.note(CUSTOMERS, kind, values[3])

    def _spoiled_event(self, number: int) -> None:
        request, kind = self.request, list(EventRowFault)[number % len(EventRowFault)]
        rng = stream(self.world.seed, Purpose.FAULT, _ROOM + number)
        at = self.world.as_of - 1 - int(rng.random() * 100 * DAY)
        identity = str(event_id(request.settings.profiles + number, 0))
        customer = str(request.start + 1 + int(rng.random() * (request.stop - request.start)))
        values = [identity, customer, "purchase", "socks", RED, "9.90", naive_us(at, 0)]
        if kind is EventRowFault.NEGATIVE_PRICE:
            values[5] = "-9.90"
        elif kind is EventRowFault.BAD_DATE:
            values[6] = "2026-02-30 25:61:00"
        elif kind is EventRowFault.MISSING_CUSTOMER_ID:
            values[1] = ""
        else:
            values[2] = "wishlist"
        self._event(at, naive_us(at, 0), values)
        self.tally.faults.note(EVENTS, kind, identity)


def _make_part(request: _Request) -> _Part:
    return _Chunk(request).make()


class _DayFiles:
    """Events put aside by day, so that they can be written in order of time without holding them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[int, TextIO] = {}

    def add(self, days: dict[int, list[tuple[str, str]]]) -> None:
        for day, rows in days.items():
            if day not in self._open:
                self._open[day] = (self._folder / str(day)).open("w", encoding="utf-8")
            self._open[day].writelines(chain.from_iterable((f"{moment}\t", line) for moment, line in rows))

    def write_sorted(self, target: TextIO) -> None:
        for day in sorted(self._open):
            self._open[day].close()
            with (self._folder / str(day)).open(encoding="utf-8") as rows:
                # The moment stands first in the line and is of one length: the text's order is that of time.
                target.writelines(row.partition("\t")[2] for row in sorted(rows))


def write_csv(settings: CsvSettings, folder: Path) -> dict[str, object]:
    """Write both files and manifest.json into ``folder`` (made if missing; files of the same name are replaced).

    Returns the manifest. Memory grows with the events of one day, not with the number of customers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cuts = ranges(settings.profiles)
    requests = [_Request(settings, start, stop, place, len(cuts)) for place, (start, stop) in enumerate(cuts)]
    tally = _Tally()
    aside = Path(tempfile.mkdtemp(dir=folder))
    try:
        days = _DayFiles(aside)
        with (folder / CUSTOMERS).open("w", encoding="utf-8", newline="") as customers:
            customers.write(_line(CUSTOMER_COLUMNS))
            for part in in_order(_make_part, requests, settings.workers):
                customers.write(part.customers)
                days.add(part.days)
                tally.customers += part.tally.customers
                tally.events.update(part.tally.events)
                tally.twice_used_ids += part.tally.twice_used_ids
                tally.faults.absorb(part.tally.faults)
                tally.truth.update(part.tally.truth)
        with (folder / EVENTS).open("w", encoding="utf-8", newline="") as events:
            events.write(_line(EVENT_COLUMNS))
            days.write_sorted(events)
    finally:
        shutil.rmtree(aside)
    manifest = _manifest(settings, tally)
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def _manifest(settings: CsvSettings, tally: _Tally) -> dict[str, object]:
    sound_events = tally.events.total()
    spoiled_customers, spoiled_events = tally.faults.total(CUSTOMERS), tally.faults.total(EVENTS)
    return {
        "form": "csv",
        "profiles": settings.profiles,
        "seed": settings.seed,
        "as_of": iso_ms(settings.as_of),
        "fault_share": settings.fault_share,
        "files": {
            CUSTOMERS: {"rows": tally.customers + spoiled_customers, "spoiled": spoiled_customers},
            EVENTS: {"rows": sound_events + spoiled_events, "spoiled": spoiled_events},
        },
        "events_by_type": dict(sorted(tally.events.items())),
        "event_ids_used_twice": tally.twice_used_ids,
        "faults": tally.faults.report(),
        "conventions": {
            "times": "UTC, without a zone",
            "windows": "half-open, [as_of - days, as_of); spoiled rows are not counted in truth",
            "event_ids_used_twice": "two different sound events share an id; none may be lost",
        },
        "truth": {name: {"profiles": count} for name, count in sorted(tally.truth.items())},
    }
