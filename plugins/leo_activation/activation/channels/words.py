"""A provider's words as the ledger and the log may keep them: one line, cut, with addresses blotted out."""

import re

LONGEST_DETAIL = 300
ADDRESS = re.compile(r"<?[^\s<>@\"']+@[^\s<>@\"']+>?")


def words(text: str) -> str:
    """The text in one line of at most 300 characters, less every e-mail address in it."""
    return ADDRESS.sub("<address>", " ".join(text.split()))[:LONGEST_DETAIL]
