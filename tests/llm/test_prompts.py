import hashlib
from pathlib import Path

import pytest

from leo_activation.errors import Configuration
from leo_activation.llm.activations import released_prompt
from leo_activation.llm.prompts import PROMPT_FOLDER, load_prompt


def test_the_latest_version_is_the_highest_number_not_the_last_name(prompt_folder: Path) -> None:
    prompt = load_prompt("plan", folder=prompt_folder)
    assert (prompt.version, prompt.text) == (10, "tenth")
    assert prompt.sha256 == hashlib.sha256(b"tenth\n").hexdigest()


def test_a_version_can_be_named(prompt_folder: Path) -> None:
    assert load_prompt("plan", 2, prompt_folder).text == "second"


@pytest.mark.parametrize(("name", "version"), [("plan", 3), ("nothing", None)])
def test_a_prompt_that_is_not_there_is_a_set_up_error(prompt_folder: Path, name: str, version: int | None) -> None:
    with pytest.raises(Configuration):
        load_prompt(name, version, prompt_folder)


def test_every_prompt_of_the_repository_loads_and_has_a_released_version() -> None:
    names = [folder.name for folder in PROMPT_FOLDER.iterdir() if folder.is_dir()]
    assert names
    assert all(load_prompt(name).text for name in names)
    assert all(released_prompt(name).text for name in names)


def test_a_prompt_that_was_never_released_serves_nobody(prompt_folder: Path) -> None:
    (prompt_folder / "released.json").write_text('{"other": 1}', encoding="utf-8")
    with pytest.raises(Configuration, match="names no version"):
        released_prompt("plan", prompt_folder)


def test_a_release_names_a_version_that_is_there(prompt_folder: Path) -> None:
    (prompt_folder / "released.json").write_text('{"plan": 3}', encoding="utf-8")
    with pytest.raises(Configuration, match="no version 3"):
        released_prompt("plan", prompt_folder)
