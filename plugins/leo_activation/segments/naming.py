"""What a segment is called where it is stored: an id of its name, or of its request's words."""

import re
import unicodedata

MAX_NAME = 120
MAX_SEGMENT_ID = 63


def segment_id_for(name: str | None, text: str, request_id: int) -> str:
    """The id of the segment: of its name, else of the request's first words and number.

    A named segment is meant again by the same name, and becomes its next version; an unnamed one is a segment of its
    own.
    """
    if name is not None and (slug := _slug(name)):
        return slug[:MAX_SEGMENT_ID].rstrip("_")
    number = f"_{request_id}"
    return ((_slug(text) or "segment")[: MAX_SEGMENT_ID - len(number)].rstrip("_")) + number


def _slug(text: str) -> str:
    # đ has no decomposition; every other Vietnamese letter loses its marks here.
    plain = unicodedata.normalize("NFKD", text.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
