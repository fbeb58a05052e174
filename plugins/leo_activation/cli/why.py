"""`./leo why`: what qualifies a customer for a segment, or keeps them out."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import as_of_option, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings

if TYPE_CHECKING:
    from leo_activation.segments.why import Why, WhyCondition


@click.command()
@click.argument("customer")
@click.argument("segment")
@click.option(
    "--version", type=click.IntRange(min=1), help="A version of SEGMENT, retired or not; else the active one."
)
@click.option("--language", type=click.Choice(["en", "vi"]), default="en", show_default=True, help="Of the conditions.")
@tenant_option
@as_of_option
@json_option
@one_sentence
def why(
    customer: str,
    segment: str,
    version: int | None,
    language: str,
    tenant: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Why CUSTOMER is in SEGMENT or not: each condition, whether it holds, and what it rests on."""
    from leo_activation.cli.session import Session
    from leo_activation.segments.request import Language
    from leo_activation.segments.why import why as ask_why

    settings = read_settings()
    with Session(settings, tenant_of(settings, tenant), as_of) as session:
        told = ask_why(
            session.warehouse,
            session.tenant_id,
            customer,
            segment,
            session.as_of,
            encoder=session.encoder,
            version=version,
            language=Language(language),
        )
    if wants_json(as_json):
        write_json(asdict(told))
    else:
        write_words(words_of(told))


def words_of(told: "Why") -> Iterator[str]:
    """What a person is told, line by line."""
    place = f"{told.segment_id} (version {told.version}, {told.state})"
    yield told.sentence
    yield ""
    found = "meets" if told.found_now else "does not meet"
    yield f"{told.customer_id} {found} {place} as of {told.as_of.isoformat()}."
    if told.is_member and told.since is not None:
        yield f"Kept as a member since {told.since.isoformat()}."
    else:
        yield "Not kept as a member."
    for condition in told.conditions:
        yield from _condition(condition, depth=0)
    if told.rank is not None:
        place = "nowhere" if told.rank.position is None else f"{told.rank.position:,}"
        yield f"Place in the order: {place} of {told.rank.found:,}; the first {told.rank.taken:,} are taken."
    for change in told.changes:
        noted = f" {dict(change.evidence)}" if change.evidence else ""
        yield (
            f"{change.changed_at.isoformat()} {change.change}, cause {change.cause}, run {change.run_id} of version "
            f"{change.version}{noted}"
        )
    if not told.agrees:
        yield "Graph and tables do not say the same of this customer: until they do, nothing is published."
    if told.next_refresh is not None:
        yield f"At the next refresh, if nothing changes: {told.next_refresh}."


def _condition(told: "WhyCondition", depth: int) -> Iterator[str]:
    mark = "yes" if told.holds else "no "
    differs = "" if told.holds == told.holds_in_tables else "  (the tables say otherwise)"
    joined = f"{told.kind}: " if told.parts else ""
    yield f"{'  ' * depth}{mark}  {joined}{told.condition}{differs}"
    for fact in told.evidence:
        yield f"{'  ' * depth}       {fact.words()}"
    for part in told.parts:
        yield from _condition(part, depth + 1)
