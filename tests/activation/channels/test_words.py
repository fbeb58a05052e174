"""What a provider says goes on record without what it repeats of a person."""

import time

import pytest

from leo_activation.activation.channels.words import words

ID = "b076e02a-1505-47c6-9755-2b22c14e4aad"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 <anh@example.com> is\r\nunknown", "550 <address> is unknown"),
        ("21211 +84912345678 is no number", "21211 <number> is no number"),
        ("to 0912 345 678 or (+84) 91-234-5678", "to <number> or (<number>"),
        ("user 4712345678901234 not found", "user <number> not found"),
        ("no token fGh12kLmNoP:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx", "no token <token>"),
        ("gone: https://push.example/wpush/v2/gAAA?x=1 is", "gone: https://push.example/<path> is"),
        (f"delivery {ID} is known", f"delivery {ID} is known"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate"),
        ("550 5.7.606 Access denied, 2026-11-22", "550 5.7.606 Access denied, 2026-11-22"),
        ("429 of 4,096 in 86400 s", "429 of 4,096 in 86400 s"),
    ],
)
def test_what_names_a_person_is_blotted_out_and_the_error_stays(said: str, kept: str) -> None:
    assert words(said) == kept


def test_an_address_that_a_cut_would_halve_is_blotted_first() -> None:
    assert "@" not in words("x" * 20 + " " + "no " * 90 + "anh@example.com")
    assert len(words("no " * 900)) == 300


@pytest.mark.parametrize("said", ["a." * 32_000, "400 " + "a1.b-" * 12_000, "anh@example.com," * 4_000])
def test_a_body_made_to_be_slow_is_read_at_once(said: str) -> None:
    began = time.process_time()
    kept = words(said)
    assert time.process_time() - began < 1
    assert len(kept) <= 300
    assert "@" not in kept
