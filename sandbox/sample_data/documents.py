"""What the writers of LEO's documents share: the record of one profile, its device, and the encoder."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sandbox.sample_data.behaviour import Action
from sandbox.sample_data.contacts import hex_id, ip_address
from sandbox.sample_data.people import Consent, Contact, Home, Shopper, Slot
from sandbox.sample_data.streams import Choice
from sandbox.sample_data.summary import Summary

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# How visitors come to the website; the app is opened directly.
SOURCES: Choice[str] = Choice({"direct": 34, "google": 27, "facebook": 24, "zalo": 15})
_DEVICES: Choice[tuple[str, str, str, str]] = Choice(
    {
        ("Android Phone", "Android 14", "MOBILE", "Chrome Mobile"): 44,
        ("iPhone", "iOS 18", "MOBILE", "Safari"): 30,
        ("Windows PC", "Windows 11", "PC", "Chrome"): 20,
        ("Mac", "macOS 15", "PC", "Safari"): 6,
    }
)


@dataclass(frozen=True, slots=True)
class Device:
    key: str
    name: str
    system: str
    type: str
    browser: str
    fingerprint: str
    ip: str


@dataclass(frozen=True, slots=True)
class Record:
    """One profile with all that its documents are written from."""

    slot: Slot
    home: Home
    shopper: Shopper
    contact: Contact | None
    consent: Consent
    actions: Sequence[Action]
    summary: Summary
    key: str
    visitor_id: str


def draw_device(rng: Random) -> Device:
    name, system, kind, browser = _DEVICES.draw(rng)
    return Device(hex_id(rng, 32), name, system, kind, browser, hex_id(rng, 32), ip_address(rng))
