"""Secrets that are kept in the database, and the key that is not in it."""

import pytest

from leo_activation.activation.safety.sealed import Sealer, sealer_from
from leo_activation.errors import Configuration
from leo_activation.settings import read_settings

KEY = b"k" * 32
TOKEN = "refresh-Tõken_1"


def test_what_one_key_sealed_it_opens_again_and_nothing_of_it_is_seen() -> None:
    sealed = Sealer(KEY).seal(TOKEN)

    assert Sealer(KEY).open(sealed) == TOKEN
    assert Sealer(KEY).open(memoryview(sealed).tobytes()) == TOKEN
    assert TOKEN.encode() not in sealed
    assert Sealer(KEY).seal(TOKEN) != sealed


@pytest.mark.parametrize("changed", ["another key", "another byte"])
def test_what_another_key_sealed_or_somebody_changed_is_not_opened(changed: str) -> None:
    sealed = Sealer(b"o" * 32 if changed == "another key" else KEY).seal(TOKEN)
    if changed == "another byte":
        # In its middle: the last letter of base64 stands for bits that are not read, too.
        middle = len(sealed) // 2
        sealed = sealed[:middle] + (b"A" if sealed[middle : middle + 1] != b"A" else b"B") + sealed[middle + 1 :]

    with pytest.raises(Configuration, match="LEO_TOKEN_KEY") as raised:
        Sealer(KEY).open(sealed)
    assert TOKEN not in str(raised.value)


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(Configuration, match="at least 32"):
        Sealer(b"short")


def test_a_key_of_its_own_is_taken_before_the_pseudonym_key() -> None:
    pseudonyms = {"LEO_PSEUDONYM_KEY": "p" * 32}
    own = {**pseudonyms, "LEO_TOKEN_KEY": "t" * 32}
    sealed = sealer_from(read_settings(own)).seal(TOKEN)

    assert Sealer(b"t" * 32).open(sealed) == TOKEN
    with pytest.raises(Configuration):
        sealer_from(read_settings(pseudonyms)).open(sealed)
