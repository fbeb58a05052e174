"""Values of a plan: amounts, counts and their ranges, each in one spelling."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MAX_VALUES = 200
MAX_PHRASE = 200
MAX_COUNT = 100_000


def _require_kind(schema: dict[str, Any]) -> None:
    """`kind` has a default in Python, but whoever fills the JSON Schema has to name it: it tells the leaves apart."""
    if "kind" in schema.get("properties", {}):
        schema["properties"]["kind"].pop("default", None)
        schema["required"] = ["kind", *(name for name in schema.get("required", []) if name != "kind")]


class PlanModel(BaseModel):
    """A part of a plan: immutable, and with no field that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_require_kind)


def canonical_decimal(text: str) -> str:
    """A decimal number in its one spelling: no exponent, no trailing zeros, no leading plus ('800.50' → '800.5').

    Raises:
        ValueError: the text is not a finite decimal number.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is not a decimal number") from None
    if not number.is_finite():
        raise ValueError(f"'{text}' is not a finite number")
    plain = f"{number:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


Amount = Annotated[str, AfterValidator(canonical_decimal)]
"""A decimal number as text; of money, in major units of the plan's currency."""


class Range(PlanModel):
    """Bounds of an amount of money; at most one bound a side, at least one in all."""

    at_least: Amount | None = None
    more_than: Amount | None = None
    at_most: Amount | None = None
    less_than: Amount | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        bounds = [b for b in (self.at_least, self.more_than, self.at_most, self.less_than) if b is not None]
        if not bounds:
            raise ValueError("a range needs a bound")
        if self.at_least is not None and self.more_than is not None:
            raise ValueError("a range has one lower bound")
        if self.at_most is not None and self.less_than is not None:
            raise ValueError("a range has one upper bound")
        for bound in bounds:
            if Decimal(bound) < 0:
                raise ValueError(f"an amount cannot be below zero: {bound}")
        lower = self.at_least if self.at_least is not None else self.more_than
        upper = self.at_most if self.at_most is not None else self.less_than
        if lower is not None and upper is not None:
            closed = self.at_least is not None and self.at_most is not None
            if Decimal(lower) > Decimal(upper) or (lower == upper and not closed):
                raise ValueError(f"the range from {lower} to {upper} is empty")
        return self


class CountRange(PlanModel):
    """Bounds of a whole number, both inside; at least one of them."""

    at_least: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    at_most: int | None = Field(default=None, ge=1, le=MAX_COUNT)

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a range needs a bound")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"the range from {self.at_least} to {self.at_most} is empty")
        return self
