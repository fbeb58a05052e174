"""Coupons: pools of codes that a shop brings, each code for one person of one campaign.

A code is issued in the transaction that begins the first attempt of a delivery (`sending.ledger`), and is the person's
for every attempt, channel and run of that campaign. What is here brings codes in and says how many are left.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.activation.rows import only_row
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

POOL_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,39}")
"""What a code may be: nothing that a link, HTML or a text message would change."""
MOST_CODES = 1_000_000
LARGEST_FILE = 48 * 1024 * 1024
"""Bytes: a million codes of the longest kind."""


@dataclass(frozen=True)
class Imported:
    """What an import did: codes that are new, that the pool had, and that the file names again."""

    pool_id: str
    added: int
    known: int
    repeated: int


@dataclass(frozen=True)
class Redeemed:
    """What was told of used codes; `not_issued` were given to nobody by us, `unknown` are in no pool."""

    noted: int
    noted_before: int
    not_issued: int
    unknown: int


@dataclass(frozen=True)
class CouponPool:
    """How a pool stands; `waiting` people of planned or unfinished runs have no code of it yet."""

    pool_id: str
    codes: int
    free: int
    issued: int
    redeemed: int
    waiting: int
    warn_below: int

    def warning(self) -> str | None:
        """What a reviewer should know before approving, or None."""
        if self.free < self.waiting:
            return Told.of(
                "The coupon pool '{pool_id}' has {free:,} codes left for {waiting:,} people: {lacking:,} of them will "
                "get no message.",
                pool_id=self.pool_id,
                free=self.free,
                waiting=self.waiting,
                lacking=self.waiting - self.free,
            )
        left = self.free - self.waiting
        if left < self.warn_below:
            return Told.of(
                "The coupon pool '{pool_id}' will have {left:,} codes left, fewer than {warn_below:,}.",
                pool_id=self.pool_id,
                left=left,
                warn_below=self.warn_below,
            )
        return None


def read_codes(text: str, file: str) -> tuple[list[str], int]:
    """The codes of a file, one a line, each once in the order of the file, and how many lines repeat one.

    Args:
        file: what errors call it.

    Raises:
        Permanent: there is none, there are too many, or a line is no code; the sentence names the line.
    """
    if len(text) > LARGEST_FILE:
        raise Permanent(f"{file} is larger than {LARGEST_FILE // 1024**2} MB: bring it in parts.")
    codes: dict[str, None] = {}
    lines = 0
    for number, line in enumerate(text.split("\n"), start=1):
        code = line.strip().removeprefix("\ufeff")
        if not code:
            continue
        if not CODE.fullmatch(code):
            raise Permanent(
                f"{file}, line {number}: this is no code: 3 to 40 letters, digits, - and _, a letter or digit first."
            )
        lines += 1
        codes[code] = None
        if len(codes) > MOST_CODES:
            raise Permanent(f"{file} has more than {MOST_CODES:,} codes: bring them in parts.")
    if not codes:
        raise Permanent(f"{file} holds no code.")
    return list(codes), lines - len(codes)


def import_coupons(
    warehouse: Warehouse, tenant_id: str, pool_id: str, text: str, file: str, *, warn_below: int | None = None
) -> Imported:
    """Add the codes of a file to a pool, all of them or none; the pool is made where there is none.

    Args:
        warn_below: tell reviewers when fewer codes than this are left; None: as it was, at first 0.

    Raises:
        Permanent: the file is not one of codes, the pool's name is none, or another pool has some of the codes.
    """
    if not POOL_ID.fullmatch(pool_id):
        raise Permanent(f"'{pool_id[:64]}' is no name of a pool: small letters, digits and _, at most 63.")
    codes, repeated = read_codes(text, file)
    named = {"tenant_id": tenant_id, "pool_id": pool_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("activation/coupons/lock_coupons"), named)
        connection.execute(statement("activation/coupons/save_pool"), {**named, "warn_below": warn_below})
        done = connection.execute(statement("activation/coupons/import_coupons"), {**named, "codes": codes})
        added, elsewhere = (int(number) for number in only_row(done))
        if elsewhere:
            raise Permanent(f"{file}: {elsewhere:,} of its codes belong to another pool; nothing was imported.")
    return Imported(pool_id, added, len(codes) - added, repeated)


def redeem_coupons(warehouse: Warehouse, tenant_id: str, text: str, file: str, *, redeemed_at: datetime) -> Redeemed:
    """Note the codes of a file as used; the first time that was told stands.

    Raises:
        Permanent: the file is not one of codes.
    """
    codes, _ = read_codes(text, file)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        told = connection.execute(
            statement("activation/coupons/redeem_coupons"),
            {"tenant_id": tenant_id, "codes": codes, "redeemed_at": redeemed_at},
        )
        return Redeemed(*(int(number) for number in only_row(told)))


def coupon_pools(connection: Connection, tenant_id: str, pool_id: str | None = None) -> Sequence[CouponPool]:
    """How the pools stand, or the one that is named."""
    with connection.cursor(row_factory=class_row(CouponPool)) as cursor:
        return cursor.execute(
            statement("activation/coupons/list_pools"), {"tenant_id": tenant_id, "pool_id": pool_id}
        ).fetchall()


def coupon_warnings(connection: Connection, tenant_id: str, pool_id: str | None) -> tuple[str, ...]:
    """What the stock of a campaign's pool says to whoever is to approve a run of it."""
    if pool_id is None:
        return ()
    told = (pool.warning() for pool in coupon_pools(connection, tenant_id, pool_id))
    return tuple(words for words in told if words is not None)


def missing_coupons(
    connection: Connection, tenant_id: str, pool_id: str | None, places: Sequence[bool]
) -> tuple[str, ...]:
    """What a campaign lacks as to its coupons.

    Args:
        places: of each form of the campaign's templates, whether it has a place for a code.
    """
    if pool_id is None:
        return (Told.of("a pool of coupons in its policy: a template has a place for a code"),) if any(places) else ()
    if not coupon_pools(connection, tenant_id, pool_id):
        return (Told.of("a pool of coupons that exists: there is none '{pool_id}'", pool_id=pool_id),)
    if places and not all(places):
        return (Told.of("a place for the coupon in every form of its templates: it names a pool of codes"),)
    return ()
