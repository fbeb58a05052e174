"""Why a query is refused: a rule with a name, a place, and the accepted form where there is one."""

from enum import StrEnum

from leo_activation.errors import Permanent


class Rule(StrEnum):
    """The rules of the gate; `docs/reference/gate.md` has each with an example."""

    SIZE = "size"
    CHARACTER = "character"
    COMMENT = "comment"
    ESCAPE = "escape"
    NUMBER = "number"
    WRITE = "write"
    PROCEDURE = "procedure"
    CLAUSE = "clause"
    SYNTAX = "syntax"
    PATTERN = "pattern"
    LIST = "list"
    MAP = "map"
    NULL = "null"
    CASE = "case"
    DEPTH = "depth"
    LABEL = "label"
    PROPERTY = "property"
    DIRECTION = "direction"
    VARIABLE_LENGTH = "variable-length"
    HOPS = "hops"
    CONNECTED = "connected"
    FUNCTION = "function"
    VARIABLE = "variable"
    PARAMETER = "parameter"
    TYPE = "type"
    RETURN = "return"


class Refused(Permanent):
    """A query that the gate does not let through.

    `line` and `column` count from 1; `accepted_form` shows how to say it here, or is None.
    """

    def __init__(self, rule: Rule, message: str, *, line: int, column: int, accepted_form: str | None = None) -> None:
        """Keep the parts; the exception's text is one sentence with all of them."""
        self.rule = rule
        self.message = message
        self.line = line
        self.column = column
        self.accepted_form = accepted_form
        hint = f" Write it as {accepted_form}." if accepted_form else ""
        super().__init__(f"Refused by the rule '{rule}' at line {line}, column {column}: {message}.{hint}")


class Violation(Exception):
    """A broken rule at an offset of the text; `gate` turns it into `Refused` with line and column."""

    def __init__(self, rule: Rule, message: str, at: int, accepted_form: str | None = None) -> None:
        """Keep the parts for `Refused`."""
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.at = at
        self.accepted_form = accepted_form
