"""`./leo coupon`: codes come in from files, and how many are left."""

from datetime import UTC, datetime
from pathlib import Path

import click

from leo_activation.cli.options import Moment, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import warehouse_from

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def coupon() -> None:
    """Coupons: pools of codes, each code for one person of one campaign."""


@coupon.command("import")
@click.argument("pool")
@FILE
@click.option("--warn-below", type=click.IntRange(min=0), help="Tell reviewers when fewer codes than this are left.")
@tenant_option
@json_option
@one_sentence
def import_codes(pool: str, file: Path, warn_below: int | None, tenant: str | None, as_json: bool) -> None:
    """Add the codes in FILE, one a line, to POOL: all of them or none."""
    from leo_activation.activation.campaigns.coupons import import_coupons

    settings = read_settings()
    done = import_coupons(
        warehouse_from(settings), tenant_of(settings, tenant), pool, _text(file), str(file), warn_below=warn_below
    )
    words = f"{done.added:,} codes are new in '{pool}'; it had {done.known:,}, and {done.repeated:,} lines repeat one."
    say(words, as_json, **vars(done))


@coupon.command("redeemed")
@FILE
@click.option("--at", type=Moment(), help="When they were used (ISO 8601, UTC). Default: now.")
@tenant_option
@json_option
@one_sentence
def redeemed(file: Path, at: datetime | None, tenant: str | None, as_json: bool) -> None:
    """Note the codes in FILE, one a line, as used."""
    from leo_activation.activation.campaigns.coupons import redeem_coupons

    settings = read_settings()
    done = redeem_coupons(
        warehouse_from(settings),
        tenant_of(settings, tenant),
        _text(file),
        str(file),
        redeemed_at=at or datetime.now(UTC),
    )
    words = (
        f"{done.noted:,} codes are noted as used, {done.noted_before:,} were before; {done.not_issued:,} were given to "
        f"nobody, and {done.unknown:,} are in no pool."
    )
    say(words, as_json, **vars(done))


@coupon.command("status")
@tenant_option
@only_json_option
@one_sentence
def status(tenant: str | None) -> None:
    """How each pool stands, one JSON object a line: codes, free, issued, redeemed, and people who wait for one."""
    from leo_activation.activation.campaigns.coupons import coupon_pools

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    with warehouse_from(settings).connect(DatabaseRole.WRITER, tenant_id) as connection:
        pools = coupon_pools(connection, tenant_id)
    write_lines(pools)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{file} cannot be read as UTF-8 text.") from error
