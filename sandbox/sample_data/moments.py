"""Moments as the two forms write them. Inside the generator a moment is an integer of milliseconds since 1970 UTC."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The alphabet of ArangoDB's revision ids: a hybrid logical clock (milliseconds << 20 | counter) in base 64.
_REVISION = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
)


def to_ms(moment: datetime) -> int:
    return round((moment - _EPOCH) / timedelta(milliseconds=1))


def to_datetime(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def parse_as_of(text: str) -> int:
    """Milliseconds of an ISO-8601 moment; without a zone it is read as UTC. Raises ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@lru_cache(maxsize=4096)
def day_text(day: int) -> str:
    """``2026-02-20`` for the number of days since 1970."""
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%d")


def iso_ms(ms: int) -> str:
    """``2022-02-23T11:30:10.000Z``, as LEO stores dates."""
    day, rest = divmod(ms, DAY)
    seconds, millis = divmod(rest, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{day_text(day)}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"


def naive_us(ms: int, micros: int) -> str:
    """``2026-01-24 08:02:56.183197``: the CSV form's convention, UTC without saying so. ``micros`` is 0 to 999."""
    day, rest = divmod(ms, DAY)
    seconds, millis = divmod(rest, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{day_text(day)} {hour:02}:{minute:02}:{second:02}.{millis:03}{micros:03}"


def revision(ms: int, counter: int) -> str:
    """ArangoDB's ``_rev`` of a document written at ``ms`` (counter below 2**20)."""
    # Nine bytes are twelve digits, so that the number stands at their right end; leading zeros are not written.
    digits = b64encode(((ms << 20) | counter).to_bytes(9, "big"))
    return digits.translate(_REVISION).decode().lstrip("-")
