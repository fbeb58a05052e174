"""A/B variants: which template a person of the audience gets, drawn once and for good.

A draw is a number from 0 to below 1 that SQL makes of the campaign and the person's household cluster by SHA-256
(`plan_audience.sql`), so that a household gets one variant, in every run of the campaign. A variant takes the part of
that range that its share gives it, in the order in which the variants are written.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from leo_activation.errors import Permanent
from leo_activation.told import Told

MOST_VARIANTS = 10


class Variant(BaseModel):
    """One template of a comparison: its name in reports, the template version, and the share of people who get it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
    template_id: Annotated[str, Field(min_length=1, max_length=64)]
    version: Annotated[int, Field(ge=1)]
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


VARIANTS = TypeAdapter(tuple[Variant, ...])
"""How `activation.campaign.variants` is read."""


def check_variants(variants: Sequence[Variant]) -> None:
    """Refuse variants that do not share out everybody; none at all is a campaign without a comparison.

    Raises:
        Permanent: one alone, too many, a name twice, or shares that do not add up to 1 (thirds to three digits do).
    """
    if not variants:
        return
    if not 2 <= len(variants) <= MOST_VARIANTS:
        raise Permanent(
            Told.of(
                "A comparison has 2 to {most_variants} variants, not {count}.",
                most_variants=MOST_VARIANTS,
                count=len(variants),
            )
        )
    if len({variant.name for variant in variants}) < len(variants):
        raise Permanent(Told.of("Two variants of a comparison have the same name."))
    total = _total(variants)
    if abs(total - 1) > Fraction(len(variants), 1000):
        raise Permanent(Told.of("The shares of the variants add up to {total:.3f}, not to 1.", total=float(total)))


def cumulative_shares(variants: Sequence[Variant]) -> list[tuple[str, float]]:
    """Each variant with the upper end of its part of the draw, the last at exactly 1.

    A draw belongs to the first variant whose upper end is above it. Shares are taken relative to their sum, exactly.
    """
    total, reached = _total(variants), Fraction(0)
    ends = []
    for variant in variants:
        reached += _exact(variant.share)
        ends.append((variant.name, float(reached / total)))
    return ends


def variant_of(variants: Sequence[Variant], draw: float) -> str | None:
    """The variant of a draw (0 to below 1), as SQL chooses it; None where nothing is compared."""
    return next((name for name, end in cumulative_shares(variants) if draw < end), None)


def _total(variants: Sequence[Variant]) -> Fraction:
    return sum((_exact(variant.share) for variant in variants), Fraction(0))


def _exact(share: float) -> Fraction:
    """As it is written: 0.1 is a tenth."""
    return Fraction(repr(share))
