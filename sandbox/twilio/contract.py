"""What `POST …/Messages.json` takes: Twilio's own schema of the form, and the rules that its error pages add to it.

Values of a form are strings: they are read as the schema's types before they are checked. The rules are those of the
pages of errors 21211, 21602, 21603, 21609, 21617 and 21212 (https://www.twilio.com/docs/api/errors).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator

CONTRACT = Path(__file__).parent / "contract"
SCHEMA = json.loads((CONTRACT / "create_message.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator({**SCHEMA, "additionalProperties": False})
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")
LONGEST_BODY = 1_600


@dataclass(frozen=True)
class Fault:
    """What is wrong with a form: Twilio's code and words."""

    code: int
    message: str


class Unreadable(ValueError):
    """The body is no form."""


def read_form(body: bytes) -> dict[str, Any]:
    """The fields of a form with the types of the schema.

    Raises:
        Unreadable: it is no form.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="utf-8")
    except ValueError as error:
        raise Unreadable from error
    form: dict[str, Any] = {}
    for name, value in pairs:
        kind = SCHEMA["properties"].get(name, {}).get("type")
        if kind == "array":
            form.setdefault(name, []).append(value)
        elif name in form:
            raise Unreadable
        else:
            form[name] = _typed(kind, value)
    return form


def faults(form: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything that is wrong with a form; nothing where it would be sent."""
    for error in VALIDATOR.iter_errors(dict(form)):
        if error.validator == "required":
            yield Fault(21604, "A 'To' phone number is required.")
        else:
            yield Fault(20001, f"Invalid parameter: {'.'.join(map(str, error.absolute_path)) or error.validator}")
    if not NUMBER.fullmatch(str(form.get("To", ""))):
        yield Fault(21211, f"The 'To' number {form.get('To', '')} is not a valid phone number.")
    if "From" not in form and "MessagingServiceSid" not in form:
        yield Fault(21603, "A 'From' phone number is required.")
    if "From" in form and not SENDER.fullmatch(form["From"]):
        yield Fault(21212, "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID.")
    if not form.get("Body") and not form.get("MediaUrl") and not form.get("ContentSid"):
        yield Fault(21602, "Message body is required.")
    if len(form.get("Body", "")) > LONGEST_BODY:
        yield Fault(21617, "The concatenated message body exceeds the 1600 character limit.")
    callback = form.get("StatusCallback")
    if callback is not None and (urlsplit(callback).scheme not in {"http", "https"} or not urlsplit(callback).hostname):
        yield Fault(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")


def _typed(kind: object, value: str) -> object:
    if kind == "boolean":
        return {"true": True, "false": False}.get(value.lower(), value)
    if kind in {"integer", "number"}:
        return int(value) if re.fullmatch(r"-?[0-9]+", value) else value
    return value
