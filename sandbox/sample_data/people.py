"""Who is in the world: households, lone visitors and second records of the same person, twenty profiles at a time."""

from dataclasses import dataclass
from enum import StrEnum
from math import exp
from random import Random

from sandbox.sample_data import names
from sandbox.sample_data.contacts import address, as_people_write_it, email, phone
from sandbox.sample_data.moments import DAY
from sandbox.sample_data.places import CITIES, EUROPE_OFFSET_MS, VIETNAM, City
from sandbox.sample_data.rhythm import HOUR_OF_DAY
from sandbox.sample_data.streams import Choice, Purpose, between, pick, stream
from sandbox.sample_data.world import COLOUR_TASTE, RED, Persona, World

BLOCK_SIZE = 20
_MOST_VISITS = 140
_MOST_DISCOVERY_VISITS = 60
_LONGEST_TENURE_DAYS = 900
_LATELY_JOINED_SHARE = 0.52


class Kind(StrEnum):
    KNOWN = "known"
    ANONYMOUS = "anonymous"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Slot:
    """One profile's place: its household is named by its first member, a duplicate's person by the first record."""

    index: int
    kind: Kind
    household: int
    person: int


@dataclass(frozen=True, slots=True)
class Home:
    """What the members of a household share."""

    city: City
    address: str
    district: str
    family_name: str
    persona: Persona


@dataclass(frozen=True, slots=True)
class Shopper:
    """What decides how a profile behaves. Moments are milliseconds UTC; ``visits`` is the number of sessions."""

    index: int
    kind: Kind
    persona: Persona
    colours: tuple[str, ...]
    offset_ms: int
    joined: int
    active_from: int
    active_until: int
    visits: int
    on_app: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """Who a profile is and how to reach them; an empty text is a field that the shop never learned."""

    first_name: str
    middle_name: str
    last_name: str
    woman: bool | None
    birth_year: int
    birth_day: int
    email: str
    phone: str
    phone_written: str
    language: str
    shares_address: bool


_HOUSEHOLD_SIZE: Choice[int] = Choice({1: 66, 2: 20, 3: 9, 4: 5})
_ANONYMOUS_SHARE = 0.40
_DUPLICATE_SHARE = 0.05


def plan_block(seed: int, block: int) -> tuple[Slot, ...]:
    """The twenty slots of one block. It depends on nothing but its number, so any block can be made by itself."""
    rng = stream(seed, Purpose.BLOCK, block)
    first = block * BLOCK_SIZE
    slots: list[Slot] = []
    while len(slots) < BLOCK_SIZE:
        head = first + len(slots)
        if rng.random() < _ANONYMOUS_SHARE:
            slots.append(Slot(head, Kind.ANONYMOUS, head, head))
            continue
        room = BLOCK_SIZE - len(slots)
        size = min(_HOUSEHOLD_SIZE.draw(rng), room)
        slots.extend(Slot(head + member, Kind.KNOWN, head, head + member) for member in range(size))
        if size < room and rng.random() < _DUPLICATE_SHARE * size:
            person = head + between(rng, 0, size - 1)
            slots.append(Slot(head + size, Kind.DUPLICATE, head, person))
    return tuple(slots)


def home_of(world: World, household: int) -> Home:
    rng = stream(world.seed, Purpose.HOUSEHOLD, household)
    city = CITIES.draw(rng)
    street_address, district = address(rng, city, household)
    if city.country is VIETNAM or rng.random() < 0.5:
        family_name = names.VN_FAMILY.draw(rng)
    else:
        family_name = pick(rng, names.EN_FAMILY)
    return Home(city, street_address, district, family_name, world.persona.draw(rng))


def _visits(rng: Random, mean_log: float, spread: float, factor: float, most: int = _MOST_VISITS) -> int:
    """A heavy-tailed number of sessions: log-normal, with one in eighty far more devoted than the rest."""
    visits = 1 + exp(rng.gauss(mean_log, spread)) * factor
    if rng.random() < 0.0125:
        visits *= 4
    return min(int(visits), most)


def _joined(rng: Random, world: World, persona: Persona, offset_ms: int, lately: float) -> int:
    """When a profile was made: a share of ``lately`` within the history, in its rhythm, the others before it."""
    if rng.random() < lately:
        hours = HOUR_OF_DAY[persona.hours]
        return world.calendar.draw_ms(rng, world.history_start, world.as_of - DAY, hours, offset_ms)
    earliest = world.as_of - _LONGEST_TENURE_DAYS * DAY
    return earliest + int((world.history_start - earliest) * rng.random())


def retail_shopper(world: World, slot: Slot, home: Home) -> Shopper:
    rng = stream(world.seed, Purpose.PERSON, slot.person if slot.kind is Kind.DUPLICATE else slot.index)
    persona = home.persona if rng.random() < 0.35 else world.persona.draw(rng)
    colours = tuple(dict.fromkeys((COLOUR_TASTE.draw(rng), COLOUR_TASTE.draw(rng))))
    if slot.kind is Kind.DUPLICATE:
        rng = stream(world.seed, Purpose.PERSON, slot.index)
    on_app = rng.random() < 0.38
    if slot.kind is Kind.KNOWN:
        joined = _joined(rng, world, persona, home.city.offset_ms, _LATELY_JOINED_SHARE)
        visits = 0 if rng.random() < 0.11 else _visits(rng, 0.72, 0.95, persona.visits)
        gone = rng.random() < 0.45
    else:
        joined = _joined(rng, world, persona, home.city.offset_ms, 1.0)
        visits = _visits(rng, -1.1, 0.8, 1.0) if slot.kind is Kind.ANONYMOUS else _visits(rng, 0.0, 0.7, 1.0)
        gone = rng.random() < 0.7
    active_from = max(joined, world.history_start)
    active_until = world.as_of
    if gone:
        active_until = active_from + DAY + int((world.as_of - DAY - active_from) * rng.random() ** 1.3)
    return Shopper(
        slot.index, slot.kind, persona, colours, home.city.offset_ms, joined, active_from, active_until, visits, on_app
    )  # fmt: skip


def discovery_shopper(world: World, index: int, favourite: str) -> Shopper:
    """A customer of the CSV form; one in twenty-five never came back in the time that the events cover."""
    rng = stream(world.seed, Purpose.PERSON, index)
    persona = world.persona.draw(rng)
    joined = _joined(rng, world, persona, EUROPE_OFFSET_MS, 0.2)
    idle = rng.random() < 0.04
    visits = _visits(rng, 0.8, 0.8, persona.visits, _MOST_DISCOVERY_VISITS)
    until = world.as_of
    if rng.random() < 0.3:
        until = max(joined, world.history_start) + DAY + int(rng.random() * 90 * DAY)
    return Shopper(
        index, Kind.KNOWN, persona, (favourite,), EUROPE_OFFSET_MS, joined, max(joined, world.history_start),
        min(until, world.as_of), 0 if idle else visits, False,
    )  # fmt: skip


_DISCOVERY_FAVOURITES: Choice[str] = Choice({"black": 25, "blue": 24, RED: 19, "green": 17, "white": 15})


def discovery_favourite(rng: Random) -> str:
    return _DISCOVERY_FAVOURITES.draw(rng)


def contact_of(world: World, slot: Slot, home: Home, persona: Persona) -> Contact:
    """The contact data of a known person; a household shares its family name but for its second adult."""
    rng = stream(world.seed, Purpose.CONTACT, slot.index)
    woman = rng.random() < persona.women
    member = slot.index - slot.household
    family = home.family_name
    middle = ""
    if home.city.country is VIETNAM or rng.random() < 0.4:
        if member == 1:
            family = names.VN_FAMILY.draw(rng)
        first = pick(rng, names.VN_WOMAN if woman else names.VN_MAN)
        if rng.random() < 0.7:
            middle = pick(rng, names.VN_MIDDLE_WOMAN if woman else names.VN_MIDDLE_MAN)
    else:
        first = pick(rng, names.EN_WOMAN if woman else names.EN_MAN)
    low, high = persona.ages
    age = between(rng, low, high)
    reach = rng.random()
    number = phone(home.city.country, slot.index)
    written = as_people_write_it(rng, number)
    english = home.city.country.language == "en" or rng.random() < 0.07
    return Contact(
        first_name=first,
        middle_name=middle,
        last_name=family,
        woman=woman if rng.random() < 0.86 else None,
        birth_year=_year_of(world.as_of) - age,
        birth_day=between(rng, 1, 365) if rng.random() < 0.7 else 0,
        email=email(rng, first, family, slot.index) if reach < 0.80 else "",
        phone=number if reach < 0.62 or reach >= 0.80 else "",
        phone_written=written if reach < 0.62 or reach >= 0.80 else "",
        language="en" if english else "vi",
        shares_address=rng.random() < (0.9 if member else 0.72),
    )


def second_record(world: World, slot: Slot, first: Contact) -> Contact:
    """The same person met again: by phone or by e-mail, without the rest of what the first record knows."""
    rng = stream(world.seed, Purpose.CONTACT, slot.index)
    by_phone = bool(first.phone) and (not first.email or rng.random() < 0.5)
    return Contact(
        first_name=first.first_name if rng.random() < 0.7 else "",
        middle_name="",
        last_name=first.last_name if rng.random() < 0.5 else "",
        woman=None,
        birth_year=0,
        birth_day=0,
        email="" if by_phone else first.email,
        phone=first.phone if by_phone else "",
        phone_written=as_people_write_it(rng, first.phone) if by_phone else "",
        language=first.language,
        shares_address=False,
    )


def _year_of(ms: int) -> int:
    return 1970 + int(ms / (365.2425 * DAY))


@dataclass(frozen=True, slots=True)
class Consent:
    """LEO's five flags: 1 agreed, 0 never asked, -1 refused."""

    email: int = 0
    sms: int = 0
    web_push: int = 0
    app_push: int = 0
    ads: int = 0


_CONSENT_MOODS: Choice[str] = Choice({"open": 40, "unasked": 42, "private": 18})
_CONSENT: dict[str, dict[str, Choice[int]]] = {
    "open": {
        "email": Choice({1: 90, 0: 7, -1: 3}),
        "sms": Choice({1: 58, 0: 32, -1: 10}),
        "web_push": Choice({1: 34, 0: 52, -1: 14}),
        "app_push": Choice({1: 70, 0: 20, -1: 10}),
        "ads": Choice({1: 92, 0: 8}),
    },
    "unasked": {
        "email": Choice({1: 22, 0: 74, -1: 4}),
        "sms": Choice({1: 8, 0: 88, -1: 4}),
        "web_push": Choice({1: 4, 0: 90, -1: 6}),
        "app_push": Choice({1: 18, 0: 74, -1: 8}),
        "ads": Choice({1: 66, 0: 34}),
    },
    "private": {
        "email": Choice({-1: 72, 0: 25, 1: 3}),
        "sms": Choice({-1: 82, 0: 18}),
        "web_push": Choice({-1: 78, 0: 22}),
        "app_push": Choice({-1: 70, 0: 28, 1: 2}),
        "ads": Choice({-1: 68, 0: 22, 1: 10}),
    },
}


def consent_of(rng: Random, slot: Slot, *, on_app: bool) -> Consent:
    """What a person agreed to. People are consistent: who refuses one channel mostly refuses all of them."""
    if slot.kind is Kind.ANONYMOUS:
        return Consent(web_push=1 if rng.random() < 0.04 else 0, ads=1 if rng.random() < 0.3 else 0)
    flags = _CONSENT[_CONSENT_MOODS.draw(rng)]
    return Consent(
        email=flags["email"].draw(rng),
        sms=flags["sms"].draw(rng),
        web_push=flags["web_push"].draw(rng),
        app_push=flags["app_push"].draw(rng) if on_app else 0,
        ads=flags["ads"].draw(rng),
    )
