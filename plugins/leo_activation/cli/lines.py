"""JSON lines in: each line is judged on its own, and a bad one is told and never ends the process."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from leo_activation.cli.output import encoded, write_json
from leo_activation.errors import LeoError

logger = logging.getLogger(__name__)

MAX_LINE = 4 << 20
"""Bytes; the gate itself says of a shorter text whether it is too long for it."""

Id = str | int | float | None
Answer = dict[str, object]


@dataclass(frozen=True)
class Line:
    """One request of a batch: its id, its text, and whatever else the object holds."""

    id: Id
    text: str
    values: Mapping[str, object]


class BadLine(Exception):
    """A line that is no request; `id` is the one that it names, where one could be read."""

    def __init__(self, problem: str, line_id: Id = None) -> None:
        """Keep the sentence for the answer."""
        super().__init__(problem)
        self.id = line_id


def answer_lines(
    file: BinaryIO, field: str, answer: Callable[[Line], Answer], broken: Callable[[Id, str], Answer]
) -> None:
    """Write one answer for each line of `file`, in order, as soon as it is known; an empty line has one too.

    `field` names the text of a line. `broken` makes the answer of a line that is none, or whose answer failed.
    """
    for raw in _raw_lines(file):
        try:
            line = read_line(raw, field)
        except BadLine as problem:
            write_json(broken(problem.id, str(problem)))
            continue
        try:
            told = answer(line)
            encoded(told)
        except LeoError as error:
            told = broken(line.id, str(error))
        except Exception as error:
            # One line that was not foreseen is no reason to leave the others.
            logger.warning("A line could not be answered.", exc_info=error)
            told = broken(line.id, f"This line could not be answered ({type(error).__name__}).")
        write_json(told)


def read_line(raw: bytes | None, field: str) -> Line:
    """The request that a line holds; None is a line that was too long to be kept.

    Raises:
        BadLine: it holds none.
    """
    if raw is None:
        raise BadLine(f"A line has at most {MAX_LINE} bytes.")
    try:
        values = json.loads(raw.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise BadLine("The line is not UTF-8.") from None
    except RecursionError:
        raise BadLine("The line nests too deeply.") from None
    except ValueError:
        raise BadLine("The line is not JSON.") from None
    if not isinstance(values, dict):
        raise BadLine("The line is not a JSON object.")
    line_id = values.get("id")
    if "id" not in values or not isinstance(line_id, str | int | float) or isinstance(line_id, bool):
        raise BadLine("The object's “id” must be a text or a number.")
    if not _can_be_written(line_id):
        raise BadLine("The object's “id” cannot be written in UTF-8 or JSON.")
    text = values.get(field)
    if not isinstance(text, str):
        raise BadLine(f"The object's “{field}” must be a text.", line_id)
    if not _can_be_written(text):
        raise BadLine(f"The object's “{field}” holds half a character (a lone surrogate).", line_id)
    return Line(line_id, text, values)


def _raw_lines(file: BinaryIO) -> Iterator[bytes | None]:
    while raw := file.readline(MAX_LINE + 1):
        if len(raw) <= MAX_LINE or raw.endswith(b"\n"):
            yield raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(MAX_LINE)
        yield None


def _can_be_written(value: object) -> bool:
    try:
        encoded(value)
    except ValueError:
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
