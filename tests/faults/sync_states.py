"""Three states of one source, as dumps: as it began, with what is new, and with what no watermark can see."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump

AS_OF = "2026-02-20T00:00:00Z"
# After the moments of the dump's spoiled rows, some of which lie forty days ahead of its as-of.
CHANGED_ON = "2026-05-01"
LATER_AS_OF = "2026-06-01T00:00:00Z"
SEED = 23

Document = dict[str, Any]
Change = Callable[[str, int, Document], Iterator[Document]]


@dataclass(frozen=True)
class SourceStates:
    """Folders of arangodump.

    second: a twentieth of the profiles with another city and a later updatedAt, and a new event for each of their
        events.
    third: as second, but some names changed without a trace, some profiles gone for good with their events, and some
        events gone alone.
    """

    first: Path
    second: Path
    third: Path

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        return iter((("first", self.first), ("second", self.second), ("third", self.third)))


def write_states(folder: Path, profiles: int) -> SourceStates:
    """The dumps, below a folder."""
    states = SourceStates(folder / "first", folder / "second", folder / "third")
    settings = DumpSettings(
        profiles=profiles, seed=SEED, as_of=parse_as_of(AS_OF), fault_share=0.0005, compress=False, workers=1
    )
    write_arangodump(settings, states.first)
    changed: set[str] = set()
    _rewrite(states.first, states.second, lambda name, place, each: _with_what_is_new(name, place, each, changed))
    gone: set[str] = set()
    _rewrite(states.second, states.third, lambda name, place, each: _with_what_is_silent(name, place, each, gone))
    return states


def _with_what_is_new(collection: str, place: int, document: Document, changed: set[str]) -> Iterator[Document]:
    if collection == "cdp_profile" and place % 20 == 7:
        changed.add(document["_key"])
        document |= {"livingCity": "Hue", "_rev": f"{document['_rev']}b", "updatedAt": f"{CHANGED_ON}T08:00:00.000Z"}
    yield document
    if collection == "cdp_trackingevent" and document.get("refProfileId") in changed:
        moment = f"{CHANGED_ON}T{10 + place % 12}:{place % 60:02d}:00.000Z"
        yield document | {
            "_key": f"{document['_key']}b",
            "_id": f"{document['_id']}b",
            "_rev": f"{document['_rev']}b",
            "createdAt": moment,
            "updatedAt": moment,
        }


def _with_what_is_silent(collection: str, place: int, document: Document, gone: set[str]) -> Iterator[Document]:
    if collection == "cdp_profile" and place % 50 == 11:
        gone.add(document["_key"])
        return
    if collection == "cdp_trackingevent" and (document.get("refProfileId") in gone or place % 200 == 3):
        return
    if collection == "cdp_profile" and place % 25 == 13:
        document |= {"firstName": "Mai", "_rev": f"{document['_rev']}c"}
    yield document


def _rewrite(source: Path, target: Path, change: Change) -> None:
    target.mkdir()
    # Profiles come before events, whose changes follow from theirs.
    for path in sorted(source.iterdir(), key=lambda each: not each.name.startswith("cdp_profile_")):
        if path.name.endswith(".data.json"):
            collection = path.name.rpartition("_")[0]
            lines = path.read_text().splitlines()
            documents = (
                each for place, line in enumerate(lines) for each in change(collection, place, json.loads(line))
            )
            said = "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in documents)
            (target / path.name).write_text(said)
        else:
            (target / path.name).write_bytes(path.read_bytes())
