"""What a call costs, by the price list in `prices.json` (its source and date stand in it).

Only models with one flat price per token are listed. The list price is an upper bound: cached input is
cheaper, and that discount is not counted. A self-hosted model costs nothing per token.
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import cache
from pathlib import Path

PRICE_FILE = Path(__file__).parent / "prices.json"


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens, which are millionths of a dollar per token."""

    input: Decimal
    output: Decimal


@dataclass(frozen=True)
class PriceList:
    """Prices by `provider:model`, where they are from and of which day."""

    source: str
    as_of: date
    prices: dict[str, Price]
    self_hosted_providers: frozenset[str]

    def cost_micro_usd(self, model: str, input_tokens: int, output_tokens: int) -> int | None:
        """The cost in millionths of a US dollar, rounded up; None where the model is not on the list."""
        if model.partition(":")[0] in self.self_hosted_providers:
            return 0
        price = self.prices.get(model)
        if price is None:
            return None
        cost = price.input * input_tokens + price.output * output_tokens
        return int(cost.to_integral_value(ROUND_CEILING))


@cache
def price_list() -> PriceList:
    """The list as it stands in the file."""
    data = json.loads(PRICE_FILE.read_text(encoding="utf-8"))
    return PriceList(
        source=data["source"],
        as_of=date.fromisoformat(data["as_of"]),
        prices={
            model: Price(Decimal(price["input"]), Decimal(price["output"]))
            for model, price in data["usd_per_million_tokens"].items()
        },
        self_hosted_providers=frozenset(data["self_hosted_providers"]),
    )
