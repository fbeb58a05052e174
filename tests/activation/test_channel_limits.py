"""Every limit at its edge: what just fits passes, one more is refused."""

import pytest

from leo_activation.activation.messages.channel_limits import LIMITS, check_lengths, limits_of
from leo_activation.activation.messages.templates import SlotValues, Template, check_template, render
from leo_activation.activation.safety.tenant_policy import CHANNELS
from leo_activation.errors import Permanent


@pytest.mark.parametrize("channel", sorted(LIMITS))
def test_a_text_that_just_fits_passes_and_one_more_character_is_refused(channel: str) -> None:
    longest = limits_of(channel).text
    check_lengths(channel, "It", subject=None, text="x" * longest, html=None)
    with pytest.raises(Permanent, match=f"has {longest + 1} characters; {channel} takes {longest}"):
        check_lengths(channel, "It", subject=None, text="x" * (longest + 1), html=None)


@pytest.mark.parametrize("channel", [name for name, limits in LIMITS.items() if limits.subject is not None])
def test_a_subject_that_just_fits_passes_and_one_more_character_is_refused(channel: str) -> None:
    longest = limits_of(channel).subject or 0
    check_lengths(channel, "It", subject="ế" * longest, text="x", html=None)
    with pytest.raises(Permanent, match="subject"):
        check_lengths(channel, "It", subject="ế" * (longest + 1), text="x", html=None)


@pytest.mark.parametrize("channel", [name for name, limits in LIMITS.items() if limits.subject is None])
def test_a_channel_without_a_subject_or_html_refuses_one(channel: str) -> None:
    for subject, html in (("x", None), (None, "<p>x</p>")):
        with pytest.raises(Permanent, match=f"which {channel} does not show"):
            check_lengths(channel, "It", subject=subject, text="x", html=html)


def test_html_is_counted_in_bytes() -> None:
    longest = LIMITS["email"].html_bytes or 0
    check_lengths("email", "It", subject=None, text="x", html="é" * (longest // 2))
    with pytest.raises(Permanent, match=f"has {longest + 2} bytes"):
        check_lengths("email", "It", subject=None, text="x", html="é" * (longest // 2 + 1))


@pytest.mark.parametrize("channel", ["mobile_push", "web_push"])
def test_a_push_is_counted_in_bytes_of_subject_and_text_together(channel: str) -> None:
    limits = LIMITS[channel]
    room = (limits.payload_bytes or 0) - 200
    text = "😀" * (room // 4)
    assert len(text) <= limits.text
    check_lengths(channel, "It", subject="x" * 200, text=text, html=None)
    with pytest.raises(Permanent, match="bytes"):
        check_lengths(channel, "It", subject="x" * 200, text=text + "😀", html=None)


def test_every_channel_that_a_policy_can_name_has_limits() -> None:
    assert set(LIMITS) == set(CHANNELS)


def test_a_channel_that_is_not_known_is_refused() -> None:
    with pytest.raises(Permanent, match="fax"):
        check_template(Template("t", "fax", "x"))


def test_the_limit_holds_for_what_is_filled_in_not_for_the_template() -> None:
    form = Template("t", "zalo", "{{ message }}!")
    render(form, SlotValues("B", message="m" * 1_999))
    with pytest.raises(Permanent, match="2001 characters; zalo takes 2000"):
        render(form, SlotValues("B", message="m" * 2_000))
