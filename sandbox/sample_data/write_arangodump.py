"""The retail world as a directory of arangodump: what LEO CDP's own backups look like."""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from sandbox.sample_data import metrics, tenant
from sandbox.sample_data.behaviour import Action, glance, live
from sandbox.sample_data.campaigns import past_campaigns, responses
from sandbox.sample_data.chunks import in_order, ranges
from sandbox.sample_data.documents import Record, draw_device, encode
from sandbox.sample_data.edge_documents import Relation, product_edges, profile_edge
from sandbox.sample_data.event_documents import EventWriter
from sandbox.sample_data.faults import (
    FIRST_SPOILED_INDEX,
    EventFault,
    FaultLog,
    ProfileFault,
    count_of_each,
    part_of,
)
from sandbox.sample_data.moments import DAY, iso_ms
from sandbox.sample_data.people import (
    BLOCK_SIZE,
    Consent,
    Contact,
    Home,
    Kind,
    Slot,
    consent_of,
    contact_of,
    home_of,
    plan_block,
    retail_shopper,
    second_record,
)
from sandbox.sample_data.profile_documents import (
    NEVER_COPIED,
    NEVER_COPIED_MARK,
    ProfileWriter,
    segments_of,
    status_of,
)
from sandbox.sample_data.spoil import spoil_event, spoil_profile
from sandbox.sample_data.streams import Purpose, stable_key, stream
from sandbox.sample_data.summary import summarise
from sandbox.sample_data.truth import Truth, retail_questions
from sandbox.sample_data.world import VND_PER_USD, World, retail_world

DOCUMENT_COLLECTIONS = (
    "cdp_profile", "cdp_trackingevent", "cdp_productitem", "cdp_eventmetric", "cdp_journeymap", "cdp_segment",
    "cdp_campaign", "cdp_touchpoint", "cdp_touchpointhub",
)  # fmt: skip
EDGE_COLLECTIONS = ("cdp_profile2product", "cdp_profile2profile")
_STREAMED = ("cdp_profile", "cdp_trackingevent", *EDGE_COLLECTIONS)
_INDEXES = {
    "cdp_profile": (("updatedAt",), ("status", "updatedAt"), ("primaryEmail",), ("primaryPhone",)),
    "cdp_trackingevent": (("refJourneyId", "createdAt"), ("refProfileId", "createdAt")),
    "cdp_eventmetric": (("eventName",),),
}
_REFERRED_SHARE = 0.12
_STATED_HOUSEHOLD_SHARE = 0.7
_STATED_SAME_PERSON_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class DumpSettings:
    """``fault_share`` is the share of profiles to spoil in each kind of fault; 0 writes a world without faults."""

    profiles: int
    seed: int
    as_of: int
    fault_share: float
    compress: bool
    workers: int


@dataclass(frozen=True, slots=True)
class _Request:
    settings: DumpSettings
    start: int
    stop: int
    place: int
    places: int


@dataclass(slots=True)
class _Tally:
    documents: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    segments: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    faults: FaultLog = field(default_factory=FaultLog)
    profiles_true: Counter[str] = field(default_factory=Counter)
    persons_true: Counter[str] = field(default_factory=Counter)

    def absorb(self, other: "_Tally") -> None:
        for mine, theirs in (
            (self.documents, other.documents),
            (self.events, other.events),
            (self.kinds, other.kinds),
            (self.segments, other.segments),
            (self.relations, other.relations),
            (self.profiles_true, other.profiles_true),
            (self.persons_true, other.persons_true),
        ):
            mine.update(theirs)
        self.faults.absorb(other.faults)


@dataclass(slots=True)
class _Part:
    lines: dict[str, bytes]
    tally: _Tally


class _Studio:
    """One world with its writers, kept for all chunks that a process makes."""

    def __init__(self, seed: int, as_of: int) -> None:
        self.world = retail_world(seed, as_of)
        self.points = tenant.Touchpoints(self.world)
        self.campaigns = past_campaigns(self.world)
        self.profiles = ProfileWriter(self.world, self.points, self.campaigns)
        self.events = EventWriter(self.world, self.points)
        self.questions = retail_questions({campaign.tag: campaign.key for campaign in self.campaigns})


@lru_cache(maxsize=2)
def _studio(seed: int, as_of: int) -> _Studio:
    return _Studio(seed, as_of)


def profile_key(seed: int, index: int) -> str:
    return stable_key(seed, "profile", index)


class _Chunk:
    """The profiles of one range, with all that hangs on them."""

    def __init__(self, request: _Request) -> None:
        self.request = request
        self.studio = _studio(request.settings.seed, request.settings.as_of)
        self.world = self.studio.world
        self.lines: dict[str, list[str]] = {name: [] for name in _STREAMED}
        self.tally = _Tally()
        self.truth = Truth(self.studio.questions, self.world.as_of)

    def make(self) -> _Part:
        request = self.request
        for block in range(request.start // BLOCK_SIZE, -(-request.stop // BLOCK_SIZE)):
            slots = [slot for slot in plan_block(self.world.seed, block) if slot.index < request.stop]
            self._block(slots)
        each = count_of_each(request.settings.profiles, request.settings.fault_share)
        for number in part_of(each * len(ProfileFault), request.place, request.places):
            self._spoiled_profile(number)
        for number in part_of(each * len(EventFault), request.place, request.places):
            self._spoiled_event(number)
        self.tally.profiles_true = self.truth.profiles
        self.tally.persons_true = self.truth.persons
        for name, lines in self.lines.items():
            self.tally.documents[name] = len(lines)
        encoded = {name: _joined(lines) for name, lines in self.lines.items()}
        if request.settings.compress:
            encoded = {name: _compressed(data) for name, data in encoded.items()}
        return _Part(encoded, self.tally)

    def _block(self, slots: Sequence[Slot]) -> None:
        homes: dict[int, Home] = {}
        contacts: dict[int, Contact] = {}
        asked: list[tuple[int, Sequence[Action]]] = []
        for slot in slots:
            if slot.household not in homes:
                homes[slot.household] = home_of(self.world, slot.household)
            home = homes[slot.household]
            contact = self._contact(slot, home, contacts)
            record, status = self._write(slot, home, contact)
            if status == 1:
                asked.append((slot.person, record.actions))
            self._relate(slot, record)
        self.truth.ask(asked)

    def _contact(self, slot: Slot, home: Home, contacts: dict[int, Contact]) -> Contact | None:
        if slot.kind is Kind.ANONYMOUS:
            return None
        if slot.kind is Kind.DUPLICATE:
            return second_record(self.world, slot, contacts[slot.person])
        contact = contact_of(self.world, slot, home, retail_shopper(self.world, slot, home).persona)
        contacts[slot.index] = contact
        return contact

    def _write(self, slot: Slot, home: Home, contact: Contact | None) -> tuple[Record, int]:
        world = self.world
        shopper = retail_shopper(world, slot, home)
        life = stream(world.seed, Purpose.LIFE, slot.index)
        consent = consent_of(life, slot, on_app=shopper.on_app)
        got = responses(life, world, self.studio.campaigns, shopper, contact, consent) if contact else []
        actions = live(life, world, shopper, got)
        rng = stream(world.seed, Purpose.DOCUMENT, slot.index)
        device = draw_device(rng)
        record = Record(
            slot, home, shopper, contact, consent, actions, summarise(actions),
            profile_key(world.seed, slot.index), f"{rng.getrandbits(128):032x}",
        )  # fmt: skip
        status = status_of(rng, slot.kind)
        inside = segments_of(record, world.as_of)
        document = self.studio.profiles.document(rng, record, device, status, inside)
        self.lines["cdp_profile"].append(encode(document))
        self.lines["cdp_trackingevent"].extend(self.studio.events.lines(rng, record, device))
        self.lines["cdp_profile2product"].extend(product_edges(world.seed, record, world.products))
        self.tally.kinds[slot.kind.value] += 1
        self.tally.events.update(record.summary.counts)
        self.tally.segments.update(segment.name for segment in inside)
        return record, status

    def _relate(self, slot: Slot, record: Record) -> None:
        """Edges to people met before: the head of the household, the first record, the friend who brought one."""
        rng = stream(self.world.seed, Purpose.HOUSEHOLD, FIRST_SPOILED_INDEX + slot.index)
        chance = rng.random()
        if slot.kind is Kind.DUPLICATE and chance < _STATED_SAME_PERSON_SHARE:
            self._edge(slot.person, record, Relation.SAME_PERSON, 90)
        elif slot.kind is Kind.KNOWN and slot.index != slot.household:
            if chance < _STATED_HOUSEHOLD_SHARE:
                self._edge(slot.household, record, Relation.FAMILY, 80)
        elif slot.kind is Kind.KNOWN and chance < _REFERRED_SHARE and slot.index >= BLOCK_SIZE:
            referrer = int(rng.random() * slot.index)
            other = plan_block(self.world.seed, referrer // BLOCK_SIZE)[referrer % BLOCK_SIZE]
            if other.kind is Kind.KNOWN:
                friend = retail_shopper(self.world, other, home_of(self.world, other.household))
                if friend.joined < record.shopper.joined:
                    self._edge(referrer, record, Relation.FRIENDSHIP, 60)

    def _edge(self, other: int, record: Record, relation: Relation, score: int) -> None:
        other_key = profile_key(self.world.seed, other)
        self.lines["cdp_profile2profile"].append(
            profile_edge(self.world.seed, other_key, record.key, relation, score, record.shopper.joined)
        )
        self.tally.relations[relation.name.lower()] += 1

    def _spoiled_profile(self, number: int) -> None:
        world = self.world
        kind = list(ProfileFault)[number % len(ProfileFault)]
        index = FIRST_SPOILED_INDEX + number
        slot = Slot(index, Kind.KNOWN, index, index)
        home = home_of(world, index)
        shopper = retail_shopper(world, slot, home)
        rng = stream(world.seed, Purpose.FAULT, index)
        actions = glance(rng, world, shopper)
        contact = contact_of(world, slot, home, shopper.persona)
        device = draw_device(rng)
        record = Record(
            slot, home, shopper, contact, Consent(email=1, sms=1), actions, summarise(actions),
            profile_key(world.seed, index), f"{rng.getrandbits(128):032x}",
        )  # fmt: skip
        document = self.studio.profiles.document(rng, record, device, 1, [])
        spoil_profile(rng, document, kind)
        self.lines["cdp_profile"].append(encode(document))
        self.lines["cdp_trackingevent"].extend(self.studio.events.lines(rng, record, device))
        self.tally.events.update(record.summary.counts)
        self.tally.faults.note("cdp_profile", kind, record.key)

    def _spoiled_event(self, number: int) -> None:
        world, request = self.world, self.request
        kind = list(EventFault)[number % len(EventFault)]
        rng = stream(world.seed, Purpose.FAULT, number)
        index = request.start + int(rng.random() * (request.stop - request.start))
        action = Action(world.as_of - 1 - int(rng.random() * 30 * DAY), metrics.PAGE_VIEW, 1)
        document = self.studio.events.document(rng, action, profile_key(world.seed, index), "")
        spoil_event(document, kind, world.as_of, stable_key(world.seed, "vanished", number))
        self.lines["cdp_trackingevent"].append(self.studio.events.page_view_line(document))
        self.tally.faults.note("cdp_trackingevent", kind, str(document["_key"]))


def _make_part(request: _Request) -> _Part:
    return _Chunk(request).make()


def _joined(lines: Sequence[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def _compressed(data: bytes) -> bytes:
    # Each chunk is a gzip member of its own: their concatenation is one valid file. No time stamp: same bytes again.
    return gzip.compress(data, compresslevel=5, mtime=0) if data else b""


def _structure(world: World, name: str) -> tenant.Document:
    """The description that arangorestore makes the collection from."""
    number = str(20_000 + 7 * (DOCUMENT_COLLECTIONS + EDGE_COLLECTIONS).index(name))
    indexes = [
        {
            "id": f"{number}{place}", "type": "persistent", "name": "idx_" + "_".join(fields), "fields": list(fields),
            "unique": name == "cdp_eventmetric", "sparse": False, "deduplicate": True, "estimates": True,
        }
        for place, fields in enumerate(_INDEXES.get(name, ()))
    ]  # fmt: skip
    return {
        "allInSync": True,
        "isReady": True,
        "planVersion": 1,
        "indexes": indexes,
        "parameters": {
            "name": name, "type": 3 if name in EDGE_COLLECTIONS else 2, "cid": number, "id": number,
            "globallyUniqueId": f"h{stable_key(world.seed, 'collection', name)}/{number}", "planId": number,
            "isSystem": False, "deleted": False, "status": 3, "statusString": "loaded", "waitForSync": False,
            "cacheEnabled": False, "keyOptions": {"allowUserKeys": True, "type": "traditional"}, "schema": None,
            "computedValues": None, "syncByRevision": True, "usesRevisionsAsDocumentIds": True, "writeConcern": 1,
            "numberOfShards": 1, "replicationFactor": 1, "shardKeys": ["_key"], "minReplicationFactor": 1,
        },
    }  # fmt: skip


def _file_stem(name: str) -> str:
    """arangodump's own naming: the collection and the MD5 of its name."""
    return f"{name}_{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}"


def write_arangodump(settings: DumpSettings, folder: Path) -> dict[str, object]:
    """Write the dump and its manifest.json into ``folder`` (made if missing; files of the same name are replaced).

    Returns the manifest. Memory does not grow with the number of profiles.
    """
    folder.mkdir(parents=True, exist_ok=True)
    studio = _studio(settings.seed, settings.as_of)
    world = studio.world
    tally = _Tally()
    suffix, other = (".data.json.gz", ".data.json") if settings.compress else (".data.json", ".data.json.gz")
    for name in DOCUMENT_COLLECTIONS + EDGE_COLLECTIONS:
        # A dump holds each collection once: a plain file must not stay beside the compressed one.
        (folder / f"{_file_stem(name)}{other}").unlink(missing_ok=True)

    cuts = ranges(settings.profiles)
    requests = [_Request(settings, start, stop, place, len(cuts)) for place, (start, stop) in enumerate(cuts)]
    files: dict[str, BinaryIO] = {name: (folder / f"{_file_stem(name)}{suffix}").open("wb") for name in _STREAMED}
    try:
        for part in in_order(_make_part, requests, settings.workers):
            for name, data in part.lines.items():
                files[name].write(data)
            tally.absorb(part.tally)
    finally:
        for file in files.values():
            file.close()

    written: dict[str, Iterable[tenant.Document]] = {
        "cdp_productitem": tenant.product_documents(world),
        "cdp_eventmetric": tenant.metric_documents(world),
        "cdp_journeymap": tenant.journey_documents(world, studio.points),
        "cdp_segment": tenant.segment_documents(world, tally.segments),
        "cdp_campaign": tenant.campaign_documents(world, studio.campaigns),
        "cdp_touchpoint": tenant.touchpoint_documents(world, studio.points),
        "cdp_touchpointhub": tenant.hub_documents(world, studio.points),
    }
    for name, documents in written.items():
        lines = [encode(document) for document in documents]
        tally.documents[name] = len(lines)
        data = _joined(lines)
        (folder / f"{_file_stem(name)}{suffix}").write_bytes(_compressed(data) if settings.compress else data)
    for name in DOCUMENT_COLLECTIONS + EDGE_COLLECTIONS:
        _write_json(folder / f"{_file_stem(name)}.structure.json", _structure(world, name))
    # arangodump leaves this file beside the collections, whether it encrypts or not.
    (folder / "ENCRYPTION").write_text("none", encoding="utf-8")
    _write_json(
        folder / "dump.json",
        {
            "database": "leo_cdp_retail",
            "lastTickAtDumpStart": str(settings.as_of),
            "properties": {"id": "1", "name": "leo_cdp_retail", "isSystem": False, "sharding": ""},
        },
    )
    manifest = _manifest(settings, studio, tally)
    _write_json(folder / "manifest.json", manifest)
    return manifest


def _manifest(settings: DumpSettings, studio: _Studio, tally: _Tally) -> dict[str, object]:
    return {
        "form": "arangodump",
        "profiles": settings.profiles,
        "seed": settings.seed,
        "as_of": iso_ms(settings.as_of),
        "fault_share": settings.fault_share,
        "compressed": settings.compress,
        "documents": {name: tally.documents[name] for name in DOCUMENT_COLLECTIONS + EDGE_COLLECTIONS},
        "profiles_by_kind": dict(sorted(tally.kinds.items())),
        "events_by_metric": dict(sorted(tally.events.items())),
        "relations": dict(sorted(tally.relations.items())),
        "segments": dict(sorted(tally.segments.items())),
        "faults": tally.faults.report(),
        "spoiled": {
            name: tally.faults.total(name) for name in ("cdp_profile", "cdp_trackingevent")
        },
        "campaigns": {campaign.tag: campaign.key for campaign in studio.campaigns},
        "never_copied": {
            "fields": list(NEVER_COPIED),
            "mark": NEVER_COPIED_MARK,
            "also_in_identities_with_prefix": ["web:", "citizen:"],
        },
        "conventions": {
            "purchase_metrics": sorted(metrics.PURCHASES),
            "give_back_metrics": sorted(metrics.GIVEN_BACK),
            "color_of_a_line": "eventData.itemColors[itemId], else eventData.color; absent for uncoloured goods",
            "item_ids": "refItemId and orderedItems[].itemId hold cdp_productitem.productId, not its _key",
            "money_on_profiles": f"VND; a dollar counts {VND_PER_USD}",
            "relationship_types": {
                "1": "same person", "2": "family of one household",
                "3": "referral: _from brought _to (eventMetricId social-sharing)",
            },
            "windows": "half-open, [as_of - days, as_of); only profiles with status 1 count",
        },
        "truth": {
            name: {"profiles": tally.profiles_true[name], "persons": tally.persons_true[name]}
            for name in studio.questions
        },
    }  # fmt: skip


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
