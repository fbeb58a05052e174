"""Versioned prompts: `include/prompts/<name>/v<N>.md`, plain Markdown, the whole file is the instruction.

A version that has been used is never edited: the ledger names version and hash, and an answer can only be
judged against the words that led to it. A change is a new file.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from leo_activation.errors import Configuration
from leo_activation.settings import REPOSITORY

PROMPT_FOLDER = REPOSITORY / "include" / "prompts"
VERSION_FILE = re.compile(r"v([1-9][0-9]*)\.md")


@dataclass(frozen=True)
class Prompt:
    """One version of a task's instruction; `sha256` is the hex digest of the file's bytes."""

    name: str
    version: int
    text: str
    sha256: str


def load_prompt(name: str, version: int | None = None, folder: Path = PROMPT_FOLDER) -> Prompt:
    """The prompt of that name, by default its latest version.

    Raises:
        Configuration: there is no such prompt or version.
    """
    files = {int(match[1]): path for path in (folder / name).glob("*.md") if (match := _version(path))}
    if not files:
        raise Configuration(f"There is no prompt '{name}' in {folder}.")
    chosen = max(files) if version is None else version
    if chosen not in files:
        raise Configuration(f"The prompt '{name}' has no version {chosen} in {folder}.")
    raw = files[chosen].read_bytes()
    return Prompt(name, chosen, raw.decode("utf-8").strip(), hashlib.sha256(raw).hexdigest())


def _version(path: Path) -> re.Match[str] | None:
    return VERSION_FILE.fullmatch(path.name)
