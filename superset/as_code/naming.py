"""Words of people as parts of file names and ids."""

import re
import unicodedata


def in_letters(words: str, joint: str) -> str:
    """Small letters a-z and digits, parted by `joint`; empty where no letter is left."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", joint, plain).strip(joint)
