"""Signs of a program in an open or a click."""

from datetime import timedelta

import pytest

from leo_activation.activation.aftermath.machine_opens import by_machine

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


@pytest.mark.parametrize(
    ("flagged", "user_agent", "after_s", "machine"),
    [
        (True, CHROME, 3600, True),
        (False, CHROME, 3600, False),
        (False, GMAIL, 60, False),
        (False, YAHOO, 60, False),
        (False, "Mozilla/5.0", 3600, True),
        (False, " Mozilla/5.0 ", 3600, True),
        (False, "python-requests/2.32", 3600, True),
        (False, "Mozilla/5.0 (compatible; SafetyBot/1.0)", 3600, True),
        (False, CHROME, 1, True),
        (False, CHROME, -1, True),
        (False, CHROME, 2, False),
        (False, None, 60, False),
        (False, None, None, False),
        (False, "", None, False),
    ],
)
def test_a_program_shows_by_the_providers_word_its_haste_or_its_name(
    flagged: bool, user_agent: str | None, after_s: int | None, machine: bool
) -> None:
    after = None if after_s is None else timedelta(seconds=after_s)
    assert by_machine(flagged=flagged, user_agent=user_agent, after=after) is machine
