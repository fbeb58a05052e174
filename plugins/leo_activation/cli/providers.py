"""How fast providers are sent to, which of them rest, and how slowly a new sender starts."""

import sys

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def provider() -> None:
    """Providers that carry messages: their rates, their rests, and the slow start of new senders."""


@provider.command("list")
@tenant_option
@only_json_option
@one_sentence
def list_providers(tenant: str | None) -> None:
    """Rates, what is left of them, and why a provider rests; one JSON object a line."""
    from leo_activation.activation.sending.rate_limits import list_buckets

    settings = read_settings()
    write_lines(list_buckets(warehouse_from(settings), tenant_of(settings, tenant)))


@provider.command("release")
@click.argument("name")
@click.option("--by", "released_by", required=True, help="Who.")
@tenant_option
@json_option
@one_sentence
def release(name: str, released_by: str, tenant: str | None, as_json: bool) -> None:
    """Give the provider NAME messages again."""
    from leo_activation.activation.sending.rate_limits import release_pause

    settings = read_settings()
    released = release_pause(warehouse_from(settings), tenant_of(settings, tenant), name, released_by=released_by)
    words = f"{name} is given messages again." if released else f"{name} did not rest."
    say(words, as_json, provider=name, released=released)


@provider.command("rate")
@click.argument("name")
@click.option("--domain", default="", help="One receiving domain. Default: the provider as a whole.")
@click.option("--per-second", type=click.FloatRange(min=0, min_open=True), help="Messages a second; without: no bound.")
@click.option("--burst", type=click.IntRange(min=1), default=1, show_default=True, help="As many at once.")
@click.option("--by", "set_by", required=True, help="Who.")
@tenant_option
@json_option
@one_sentence
def rate(
    name: str, domain: str, per_second: float | None, burst: int, set_by: str, tenant: str | None, as_json: bool
) -> None:
    """Set how fast the provider NAME is sent to; holds from the next claim of any worker on."""
    from leo_activation.activation.sending.pacing import Rate
    from leo_activation.activation.sending.rate_limits import set_rate

    settings = read_settings()
    wanted = None if per_second is None else Rate(per_second, burst)
    set_rate(warehouse_from(settings), tenant_of(settings, tenant), name, domain, wanted, set_by=set_by)
    what = f"{domain} through {name}" if domain else name
    words = f"{what}: no bound." if wanted is None else f"{what}: {per_second:g} a second, {burst} at once."
    say(words, as_json, provider=name, domain=domain, per_second=per_second, burst=None if wanted is None else burst)


@provider.command("ramp")
@click.argument("name")
@click.argument("sender")
@click.argument("daily", nargs=-1, type=click.IntRange(min=1))
@click.option("--domain", default="", help="One receiving domain. Default: all of them together.")
@click.option("--by", "set_by", required=True, help="Who.")
@tenant_option
@json_option
@one_sentence
def ramp(
    name: str, sender: str, daily: tuple[int, ...], domain: str, set_by: str, tenant: str | None, as_json: bool
) -> None:
    """Set how many messages of the domain SENDER may begin through NAME on each DAILY of its first days.

    Without a number the sender needs no slow start (any more).
    """
    from leo_activation.activation.sending.rate_limits import set_ramp

    settings = read_settings()
    set_ramp(warehouse_from(settings), tenant_of(settings, tenant), name, sender, daily, domain=domain, set_by=set_by)
    words = f"{sender} through {name}: " + (f"{', '.join(map(str, daily))} a day at first." if daily else "no ramp.")
    say(words, as_json, provider=name, sender=sender, domain=domain, daily=list(daily))


@provider.command("tokens")
@tenant_option
@only_json_option
@one_sentence
def tokens(tenant: str | None) -> None:
    """How the authorisations of providers stand whose tokens rotate (Zalo); one JSON object a line, nothing secret."""
    from leo_activation.activation.safety.provider_tokens import list_tokens

    settings = read_settings()
    write_lines(list_tokens(warehouse_from(settings), tenant_of(settings, tenant)))


@provider.command("authorise")
@click.argument("name", type=click.Choice(["zalo"]))
@click.option("--by", "granted_by", required=True, help="Who.")
@tenant_option
@json_option
@one_sentence
def authorise(name: str, granted_by: str, tenant: str | None, as_json: bool) -> None:
    """Take the refresh token that the provider NAME gave; it is asked for, or read from the standard input."""
    from leo_activation.activation.safety.provider_tokens import authorise as take
    from leo_activation.activation.safety.sealed import sealer_from

    settings = read_settings()
    token: str = click.prompt("Refresh token", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    taken = take(
        warehouse_from(settings),
        tenant_of(settings, tenant),
        name,
        sealer_from(settings),
        token.strip(),
        granted_by=granted_by,
    )
    words = (
        f"{name} is authorised; the next worker uses the token, and ./leo provider tokens tells what came of it."
        if taken
        else f"This token was given before, and each can be used once: get a new one from {name}."
    )
    say(words, as_json, provider=name, authorised=taken)
