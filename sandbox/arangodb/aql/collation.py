"""How ArangoDB compares texts: ICU's root collation, upper case before lower, the characters themselves at last.

Exact for ASCII, in the order of CLDR's root; of other letters the accents count after the base letters, and what has no
base letter in ASCII comes after it by code point. Only the primary index goes by bytes (`orders.Order`).
"""

import unicodedata

_MARKS = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_SPACES = "\t\n\v\f\r "
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WEIGHTS = {
    **{ord(sign): chr(at) for at, sign in enumerate(_SPACES + _MARKS + "0123456789" + _LETTERS, start=1)},
    **{ord(sign): None for sign in map(chr, [*range(9), *range(14, 32), 127])},  # ignored, as ICU does
}
_WEIGHTS |= {ord(letter.upper()): _WEIGHTS[ord(letter)] for letter in _LETTERS}


def collation_key(text: str) -> str:
    """A text that sorts by code point as `text` sorts in ArangoDB; different texts have different ones."""
    if text.isascii():
        return f"{text.translate(_WEIGHTS)}\0\0{text}"
    parts = unicodedata.normalize("NFD", text)
    bases = "".join(sign for sign in parts if not unicodedata.combining(sign))
    accents = "".join(sign if unicodedata.combining(sign) else "\1" for sign in parts)
    return f"{bases.translate(_WEIGHTS)}\0{accents}\0{text}"
