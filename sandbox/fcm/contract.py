"""What `messages:send` takes: Google's discovery document, and the rules that its descriptions and pages add to it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCUMENT = Path(__file__).parent / "contract" / "fcm_v1_discovery.json"
MOST_BYTES = 4096
LONGEST_TTL_S = 2_419_200
DURATION = re.compile(r"(\d{1,12})(\.\d{1,9})?s")
TARGETS = ("token", "fid", "topic", "condition")
# firebase-js-sdk, packages/installations/src/helpers/generate-fid.ts
FID = re.compile(r"[cdef][\w-]{21}", re.ASCII)
SHORTEST_TOKEN = 32
RESERVED = re.compile(r"from|message_type|google\..*|gcm\.notification.*")
REST_KEYWORDS = ("type", "enum", "pattern")


def _schema() -> dict[str, Any]:
    """The discovery document's schemas (JSON Schema, draft 3, with formats of Google's) in the present draft."""
    described = json.loads(DOCUMENT.read_text(encoding="utf-8"))["schemas"]
    definitions = {name: _converted(schema) for name, schema in described.items()}
    return {"$ref": "#/$defs/SendMessageRequest", "$defs": definitions}


def _converted(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    if schema.get("type") == "any":
        return {}
    new = {name: schema[name] for name in REST_KEYWORDS if name in schema}
    if "properties" in schema:
        new["properties"] = {name: _converted(part) for name, part in schema["properties"].items()}
        # "Unknown name": https://google.aip.dev/160 and what FCM answers.
        new["additionalProperties"] = False
    elif "additionalProperties" in schema:
        new["additionalProperties"] = _converted(schema["additionalProperties"])
    if "items" in schema:
        new["items"] = _converted(schema["items"])
    if schema.get("format") == "google-duration":
        new["pattern"] = f"^{DURATION.pattern}$"
    return new


VALIDATOR = Draft202012Validator(_schema())


def faults(request: object) -> Iterator[tuple[str, str]]:
    """Field and description of each thing that is wrong with the form of a request: google.rpc.BadRequest."""
    found = [
        (".".join(str(part) for part in error.absolute_path), error.message) for error in VALIDATOR.iter_errors(request)
    ]
    yield from found
    if found or not isinstance(request, dict):
        return
    message = request.get("message")
    if not isinstance(message, dict):
        yield "message", "Required"
        return
    named = [name for name in TARGETS if name in message]
    if len(named) != 1:
        yield "message", "Exactly one of token, fid, topic or condition is required"
    ttl = DURATION.fullmatch(message.get("android", {}).get("ttl", "0s"))
    if ttl is None or int(ttl[1]) > LONGEST_TTL_S:
        yield "message.android.ttl", "The TTL is at most four weeks"
    for name in message.get("data", {}):
        if RESERVED.fullmatch(name):
            yield f"message.data.{name}", "Invalid data payload key"


def refused_address(message: Mapping[str, Any]) -> str | None:
    """What FCM itself has against the address or the size: FcmError INVALID_ARGUMENT; None where nothing."""
    if "fid" in message and not FID.fullmatch(message["fid"]):
        return "The fid is not a valid Firebase Installation ID"
    if "token" in message and not FID.fullmatch(message["token"]) and len(message["token"]) < SHORTEST_TOKEN:
        return "The registration token is not a valid FCM registration token"
    seen = {name: message.get(name, {}) for name in ("notification", "data")}
    if len(json.dumps(seen, ensure_ascii=False).encode()) > MOST_BYTES:
        return "Message is too big"
    return None
