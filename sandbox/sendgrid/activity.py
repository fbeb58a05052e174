"""The e-mail activity: what was accepted, to be asked by `GET /v3/messages`.

Its query language is small here: conditions on msg_id, to_email, from_email, subject, status and
`unique_args['name']`, each `= "…"`, `!= "…"`, `LIKE "…%"` or `IN ("…", "…")`, in parentheses or not, joined by AND or
by OR, never by both in one query.
"""

import json
import re
from collections.abc import Callable, Iterable

from sandbox.sendgrid.stories import Sent

CONDITION = re.compile(
    r"\s*\(?\s*(?:(?P<field>msg_id|to_email|from_email|subject|status)|unique_args\['(?P<argument>[^']+)'\])\s*"
    r"(?P<operator>!=|=|LIKE|IN)\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|\(\s*\"(?:[^\"\\]|\\.)*\"(?:\s*,\s*\"(?:[^\"\\]|\\.)*\")*\s*\))"
    r"\s*\)?\s*"
)
JOINT = re.compile(r"(AND|OR)\b")
TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"")
Holds = Callable[[Sent], bool]


class QueryError(ValueError):
    """The query is not one; the text says where."""


class Activity:
    """The accepted messages, newest last; by their id and by each custom argument too."""

    def __init__(self) -> None:
        """Start with none."""
        self._sent: dict[str, Sent] = {}
        self._by_argument: dict[tuple[str, str], list[Sent]] = {}

    def add(self, sent: Sent) -> None:
        """Take in an accepted message."""
        self._sent[sent.msg_id] = sent
        for argument in sent.arguments.items():
            self._by_argument.setdefault(argument, []).append(sent)

    def get(self, msg_id: str) -> Sent | None:
        """The message of an id."""
        return self._sent.get(msg_id)

    def find(self, query: str, limit: int) -> list[Sent]:
        """The newest messages for which a query holds; an empty query holds for all.

        Raises:
            QueryError: it is not one.
        """
        holds, among = self._read(query)
        found = [sent for sent in reversed(list(among)) if holds(sent)]
        return found[:limit]

    def forget(self) -> None:
        """Drop everything."""
        self._sent.clear()
        self._by_argument.clear()

    def _read(self, query: str) -> tuple[Holds, Iterable[Sent]]:
        if not query.strip():
            return (lambda sent: True), self._sent.values()
        conditions: list[Holds] = []
        joints: set[str] = set()
        among: Iterable[Sent] = self._sent.values()
        at = 0
        while True:
            found = CONDITION.match(query, at)
            if found is None:
                raise QueryError(f"invalid query at position {at}")
            conditions.append(_condition(found))
            if found["argument"] and found["operator"] == "=":
                among = self._by_argument.get((found["argument"], json.loads(found["value"])), [])
            at = found.end()
            if at == len(query):
                break
            joint = JOINT.match(query, at)
            if joint is None:
                raise QueryError(f"invalid query at position {at}")
            joints.add(joint[1])
            at = joint.end()
        if len(joints) > 1:
            raise QueryError("AND and OR in one query are not understood here")
        if "OR" in joints:
            return (lambda sent: any(holds(sent) for holds in conditions)), self._sent.values()
        return (lambda sent: all(holds(sent) for holds in conditions)), among


def _condition(found: re.Match[str]) -> Holds:
    values = [str(json.loads(text)) for text in TEXT.findall(found["value"])]
    field, argument, operator = found["field"], found["argument"], found["operator"]

    def value_of(sent: Sent) -> str:
        if argument:
            return sent.arguments.get(argument, "")
        return str(sent.summary()[field])

    if operator == "LIKE":
        pattern = re.compile(".*".join(re.escape(part) for part in values[0].split("%")), re.DOTALL)
        return lambda sent: pattern.fullmatch(value_of(sent)) is not None
    if operator == "!=":
        return lambda sent: value_of(sent) != values[0]
    if operator == "=" and len(values) != 1:
        raise QueryError("'=' takes one text")
    return lambda sent: value_of(sent) in values
