"""What `POST /v3/mail/send` takes: the provider's own schema, and the rules that its documentation adds to it."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

SCHEMA = Path(__file__).parent / "contract" / "mail_send.schema.json"
ERRORS_PAGE = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html"
MOST_RECIPIENTS = 1000
MOST_BYTES_OF_ARGUMENTS = 10_000
FURTHEST_AHEAD_S = 72 * 3600
# "x-sg-id" and the like: https://www.twilio.com/docs/sendgrid/api-reference/mail-send, "headers".
RESERVED_HEADERS = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request; `field` is the path to it, '' where it has none."""

    field: str
    message: str

    def as_json(self) -> dict[str, str | None]:
        """The entry of the list `errors` of an answer."""
        return {"message": self.message, "field": self.field or None, "help": ERRORS_PAGE}


@dataclass(frozen=True)
class Envelope:
    """The message to one recipient, as one personalization of a request and its common part give it.

    `arguments` are the custom arguments, `headers` those that the client added.
    """

    recipient: str
    sender: str
    subject: str
    arguments: Mapping[str, str]
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    # The file says "string" at the top level and an object in a personalization; the API takes an object in both.
    schema["properties"]["custom_args"] = schema["properties"]["personalizations"]["items"]["properties"]["custom_args"]
    return Draft202012Validator(schema, format_checker=FormatChecker(["email"]))


VALIDATOR = _validator()


def faults(mail: object) -> list[Fault]:
    """Everything that is wrong with a body; empty where it would be sent."""
    found = [_of_schema(error) for error in VALIDATOR.iter_errors(mail)]
    if found or not isinstance(mail, dict):
        return found
    return list(_of_rules(mail))


def envelopes(mail: Mapping[str, Any]) -> list[Envelope]:
    """The recipients of a body without faults, each with what is sent to them."""
    found = []
    for part in mail["personalizations"]:
        sender = part.get("from") or mail["from"]
        arguments = {**(mail.get("custom_args") or {}), **(part.get("custom_args") or {})}
        headers = {**(mail.get("headers") or {}), **(part.get("headers") or {})}
        found += [
            Envelope(
                recipient=to["email"],
                sender=_written(sender),
                subject=part.get("subject") or mail.get("subject") or "",
                arguments={name: str(value) for name, value in arguments.items()},
                headers={name: str(value) for name, value in headers.items()},
                body={**mail, "personalizations": [part]},
            )
            for to in _recipients(part)
        ]
    return found


def _of_schema(error: ValidationError) -> Fault:
    path = [str(step) for step in error.absolute_path]
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return Fault(".".join([*path, missing]), f"The {missing} field is required.")
    return Fault(
        ".".join(path), f"Invalid {path[-1] if path else 'request'}: not as the contract's '{error.validator}'."
    )


def _of_rules(mail: Mapping[str, Any]) -> Iterator[Fault]:
    """The rules of the documentation that the schema does not hold."""
    parts = mail["personalizations"]
    if not parts:
        yield Fault(
            "personalizations", "The personalizations field is required and must have at least one personalization."
        )
    if sum(len(_recipients(part)) for part in parts) > MOST_RECIPIENTS:
        yield Fault("personalizations", f"There is a limit of {MOST_RECIPIENTS} total recipients per request.")
    for number, part in enumerate(parts):
        yield from _of_personalization(mail, part, f"personalizations.{number}")
    if not mail.get("template_id"):
        yield from _of_content(mail.get("content"))
    yield from _of_headers(mail.get("headers"), "headers")
    yield from _of_time(mail.get("send_at"), "send_at")


def _of_personalization(mail: Mapping[str, Any], part: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if not part["to"]:
        yield Fault(
            f"{path}.to", "The to array is required for all personalization objects, and must have at least one."
        )
    seen = Counter(to["email"].lower() for to in _recipients(part))
    if any(count > 1 for count in seen.values()):
        yield Fault(path, "Each email address in the personalization block should be unique between to, cc, and bcc.")
    if not (mail.get("template_id") or part.get("subject") or mail.get("subject")):
        yield Fault("subject", "The subject is required. You can get around this requirement if you use a template.")
    arguments = {**(mail.get("custom_args") or {}), **(part.get("custom_args") or {})}
    if any(not isinstance(value, str) for value in arguments.values()):
        yield Fault(f"{path}.custom_args", "The custom_args must be an object of strings.")
    elif len(json.dumps(arguments, ensure_ascii=False).encode()) > MOST_BYTES_OF_ARGUMENTS:
        yield Fault(f"{path}.custom_args", "The custom_args may not exceed 10,000 bytes.")
    yield from _of_headers(part.get("headers"), f"{path}.headers")
    yield from _of_time(part.get("send_at"), f"{path}.send_at")


def _of_content(content: list[Mapping[str, str]] | None) -> Iterator[Fault]:
    if not content:
        yield Fault("content", "Unless a valid template_id is provided, the content parameter is required.")
        return
    kinds = [each["type"] for each in content]
    if "text/plain" in kinds[1:] or ("text/html" in kinds and kinds.index("text/html") > 1):
        yield Fault("content", "If present, text/plain and text/html may only be provided once, text/plain first.")
    for number, kind in enumerate(kinds):
        if any(character in kind for character in "\r\n;,"):
            yield Fault(f"content.{number}.type", "The content type cannot contain ';', ',' or CRLF.")


def _of_headers(headers: Mapping[str, object] | None, path: str) -> Iterator[Fault]:
    for name, value in (headers or {}).items():
        if name.lower() in RESERVED_HEADERS:
            yield Fault(f"{path}.{name}", f"The header '{name}' is reserved.")
        elif not isinstance(value, str) or not name.isascii() or "\r" in value or "\n" in value:
            yield Fault(f"{path}.{name}", "Header names must be ASCII, and values strings of one line.")


def _of_time(send_at: int | None, path: str) -> Iterator[Fault]:
    if send_at is not None and send_at > time.time() + FURTHEST_AHEAD_S:
        yield Fault(path, "The send_at may not be more than 72 hours in the future.")


def _recipients(part: Mapping[str, Any]) -> list[Mapping[str, str]]:
    return [*part["to"], *part.get("cc", []), *part.get("bcc", [])]


def _written(address: Mapping[str, str]) -> str:
    name = address.get("name")
    return f"{name} <{address['email']}>" if name else address["email"]
