"""Contact addresses that look right and cannot be delivered to, by construction.

E-mail addresses end in example.com, .org or .net (RFC 2606). Phone numbers lie in ranges that no country assigns:
Vietnam's numbers start with 2, 3, 5, 7, 8 or 9 after the country code, ours with 10; a North American area code never
starts with 1, ours do; Britain and Australia leave 6 unused, Singapore 2, Germany keeps 10 for dial-in prefixes.
IP addresses come from the documentation ranges of RFC 5737. Push tokens and messenger ids are random.
"""

import json
from random import Random

from sandbox.sample_data.names import slug
from sandbox.sample_data.places import PICK_UP_POINTS, SHARED_BUILDINGS, STREETS, STREETS_ABROAD, VIETNAM, City, Country
from sandbox.sample_data.streams import between, pick
from sandbox.webpush.browser import subscription

EMAIL_DOMAINS = ("example.com", "example.org", "example.net")
PHONE_PREFIXES = {"VN": "+8410", "US": "+11", "GB": "+446", "AU": "+616", "SG": "+652", "DE": "+4910"}
_PHONE_DIGITS = {"VN": 7, "US": 9, "GB": 9, "AU": 8, "SG": 7, "DE": 8}

# A till's clerk types the shop's own number when a customer gives none: one number, many people.
SHOP_PHONE = "0119999999"
BLOCKED_PHONE = "0000000000"

_DOCUMENTATION_NETS = ("192.0.2.", "198.51.100.", "203.0.113.")
_TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"  # noqa: S105 (an alphabet)


def email(rng: Random, first: str, last: str, index: int) -> str:
    """An address of one's own: the index keeps two people with the same name apart."""
    return f"{slug(first)}.{slug(last)}{index}@{pick(rng, EMAIL_DOMAINS)}"


def phone(country: Country, index: int) -> str:
    """The international form, such as ``+84100012345``; unique below ten million profiles (7 free digits)."""
    digits = _PHONE_DIGITS[country.code]
    # 7,919 is prime to every power of ten: neighbours in the file do not have neighbouring numbers.
    return f"{PHONE_PREFIXES[country.code]}{index * 7_919 % 10**digits:0{digits}}"


def as_people_write_it(rng: Random, number: str) -> str:
    """A Vietnamese number in one of the forms found in real records; other countries keep the international form."""
    if not number.startswith("+84"):
        return number
    national = "0" + number[3:]
    form = rng.random()
    if form < 0.78:
        return national
    if form < 0.92:
        return number
    if form < 0.96:
        return number[1:]
    return f"{national[:4]} {national[4:7]} {national[7:]}"


def address(rng: Random, city: City, household: int) -> tuple[str, str]:
    """A street address and its district. Only members of a household share one, but for the traps of places.py."""
    district = pick(rng, city.districts)
    chance = rng.random()
    if city.country is VIETNAM and chance < 0.012:
        return f"{pick(rng, SHARED_BUILDINGS)}, {district}, {city.name}", district
    if city.country is VIETNAM and chance < 0.018:
        return f"{pick(rng, PICK_UP_POINTS)}, {district}, {city.name}", district
    alley, house = divmod(household, 997)
    number = f"{house + 1}/{alley}" if alley else str(house + 1)
    street = pick(rng, STREETS if city.country is VIETNAM else STREETS_ABROAD)
    return f"{number} {street}, {district}, {city.name}", district


def ip_address(rng: Random) -> str:
    return f"{pick(rng, _DOCUMENTATION_NETS)}{between(rng, 1, 254)}"


def hex_id(rng: Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"


def push_token(rng: Random) -> str:
    """A Firebase registration token by its look: 22 characters, a colon, 140 more."""
    letters = rng.getrandbits(6 * 40)
    text = "".join(_TOKEN[(letters >> shift) & 63] for shift in range(0, 240, 6))
    return f"{text[:22]}:APA91b{text[22:] * 7}"[:163]


def web_push_subscription(rng: Random) -> str:
    """A browser's subscription as JSON, whose messages the stand-in of a push service can open."""
    endpoint = f"https://push.example.com/subscription/{hex_id(rng, 32)}"
    return json.dumps(subscription(endpoint), separators=(",", ":"))


def messenger_id(rng: Random) -> str:
    """A Zalo or Facebook user id by its look: a number of 19 digits."""
    return str(between(rng, 10**18, 9 * 10**18))
