"""What a command writes: words for a person, or JSON for a program, always UTF-8 and a line at once."""

import functools
import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from typing import ParamSpec, TypeVar

import click

from leo_activation.errors import LeoError

P = ParamSpec("P")
R = TypeVar("R")
Command = TypeVar("Command", bound=Callable[..., object])

ASKED_BACK = 3
REFUSED = 4


def one_sentence(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an error that was raised on purpose into its sentence and exit code 1; anything else stays a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except LeoError as error:
            click.echo(f"leo: {error}", err=True)
            sys.exit(1)

    return run


def json_option(command: Command) -> Command:
    """`--json`: one JSON object, or one a line, instead of words."""
    return click.option("--json", "as_json", is_flag=True, help="JSON instead of words.")(command)


def only_json_option(command: Command) -> Command:
    """`--json` of a command that writes nothing else, so that every command takes it."""
    return click.option("--json", is_flag=True, expose_value=False, help="What it writes anyway.")(command)


def wants_json(as_json: bool) -> bool:
    """Whether an answer is JSON: asked for, or read by a program and not by a person at a terminal."""
    return as_json or not sys.stdout.isatty()


def write_json(answer: object) -> None:
    """Write one line of valid JSON in UTF-8, and pass it on at once.

    Raises:
        ValueError: the answer holds a number or a text that JSON or UTF-8 cannot say.
    """
    click.echo(encoded(answer))


def encoded(answer: object) -> bytes:
    """One line of JSON without its end; raises as `write_json`."""
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, default=_text).encode()


def say(words: str, as_json: bool, **values: object) -> None:
    """Tell in one sentence what was done, or with `--json` by values."""
    if as_json:
        write_json(values)
    else:
        click.echo(words)


def write_lines(rows: Iterable[object]) -> None:
    """Each row, an object with fields, as JSON on a line of its own."""
    for row in rows:
        write_json(vars(row))


def write_words(lines: Iterable[str]) -> None:
    """Lines for a person."""
    for line in lines:
        click.echo(line)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
