"""`./leo campaign results`: what came of a campaign, in words that can be told on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

if TYPE_CHECKING:
    from leo_activation.activation.aftermath.campaign_results import CampaignResults, Comparison, Totals


@click.command("results")
@click.argument("campaign_id")
@tenant_option
@json_option
@one_sentence
def results(campaign_id: str, tenant: str | None, as_json: bool) -> None:
    """What came of CAMPAIGN_ID: who read it, what they bought, and what of that it can be thanked for."""
    from leo_activation.activation.aftermath.campaign_results import campaign_results

    settings = read_settings()
    found = campaign_results(warehouse_from(settings), tenant_of(settings, tenant), campaign_id)
    if wants_json(as_json):
        write_json(vars(found.totals) | {"comparisons": [vars(each) for each in found.comparisons]})
    else:
        write_words(words_of(found))


def words_of(found: "CampaignResults") -> Iterator[str]:
    """What a marketer is told, line by line."""
    totals = found.totals
    yield (
        f"{totals.name} ({totals.campaign_id}): {_people(totals.received)} got it, {totals.opened:,} opened it and "
        f"{totals.clicked:,} clicked it; opens are a guess, because programs fetch pictures too."
    )
    orders = totals.orders_by_source + totals.orders_by_click + totals.orders_by_message
    if orders:
        reasons = (
            (totals.orders_by_click, "after a click"),
            (totals.orders_by_message, "after the message alone"),
            (totals.orders_by_source, "because the shop itself names the campaign"),
        )
        told = ", ".join(f"{number:,} {why}" for number, why in reasons if number)
        yield (
            f"Put down to it: {_counted(orders, 'order')} of {_people(totals.customers)}, "
            f"{_money(totals.revenue_minor, totals)} in all ({told}). Some of them would have bought anyway."
        )
    else:
        yield "No order is put down to it."
    for compared in found.comparisons:
        yield from _compared(compared, totals)
    if not found.comparisons:
        yield (
            "What it added cannot be told: nobody was kept out of it by chance, or nothing was sent yet. A holdout "
            "share in its policy, or a control group in the tenant's rules, makes that possible for the next one."
        )
    ends = max((each.ends_at for each in found.comparisons), default=None)
    if ends is not None and (totals.known_until is None or ends > totals.known_until):
        yield f"Orders count until {ends:%Y-%m-%d %H:%M} UTC: until a sync after that these numbers still change."


def _compared(each: "Comparison", totals: "Totals") -> Iterator[str]:
    yield (
        f"Beside the {_people(each.other_people)} of the {each.compared_with}: of the {_people(each.people)} who were "
        f"to get it {each.buyers / each.people:.1%} bought, of the others {each.other_buyers / each.other_people:.1%}."
    )
    between = f"between {_points(each.lift_low)} and {_points(each.lift_high)} points"
    if each.lift_low > 0:
        more = f"about {_counted(round(each.lift * each.people), 'buyer')} more"
        yield f"  It brought {_points(each.lift)} points, {more}; with 95 % certainty {between}."
    elif each.lift_high < 0:
        yield f"  It cost {_points(-each.lift)} points: fewer bought than without it; with 95 % certainty {between}."
    else:
        yield f"  That is a difference of {_points(each.lift)} points, which can be chance: 95 % of the time {between}."
    if each.revenue_lift_low_minor is not None and each.revenue_lift_high_minor is not None:
        yield (
            f"  In money: {_money(each.revenue_lift_minor, totals)} a person more than the others "
            f"(95 %: {_money(each.revenue_lift_low_minor, totals)} to "
            f"{_money(each.revenue_lift_high_minor, totals)})."
        )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _points(share: float) -> str:
    return f"{100 * share:.1f}"


def _money(minor: float, totals: "Totals") -> str:
    return f"{minor / 10**totals.minor_units:,.{totals.minor_units}f} {totals.currency}"
