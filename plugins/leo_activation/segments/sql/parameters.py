"""The values of a statement: bound by name, never written into its text."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import LiteralString

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.sql.tables import PRESENT, Tables

Value = str | int | float | bool | datetime | timedelta | list[str] | list[int] | list[float]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class ParametersOfPlan:
    """What a plan's statement is given beside its text.

    Amounts become minor units of the tenant's currency, windows moments before `as_of`, an aware datetime.
    `among` are the ids of the only customers whose rows are read (None: everybody's). `tables` is what is read.
    """

    catalogue: Catalogue
    as_of: datetime
    values: dict[str, Value] = field(default_factory=dict)
    among: list[str] | None = None
    tables: Tables = PRESENT

    def __post_init__(self) -> None:
        """Every statement may name the tenant and its currency, and the customers asked where not all are."""
        self.values |= {
            "tenant_id": self.catalogue.tenant_id,
            "currency": self.catalogue.currency,
            "minor_units": self.catalogue.minor_units,
            **self.tables.values,
        }
        if self.among is not None:
            self.values["among"] = self.among

    def bind(self, name: str, value: Value) -> sql.Placeholder:
        """The place of a value in the text; `name` says what it is of."""
        numbered = f"{name}_{len(self.values) + 1}"
        self.values[numbered] = value
        return sql.Placeholder(numbered)

    def of_asked(self, customer_id: LiteralString) -> sql.SQL:
        """`AND` a column is the id of one of the customers asked; nothing where all are."""
        return sql.SQL("" if self.among is None else "AND " + customer_id + " = ANY (%(among)s::text[])")

    def bind_moment(self, name: str, microseconds: int) -> sql.Placeholder:
        """The place of a moment that is given in epoch microseconds."""
        return self.bind(name, _EPOCH + timedelta(microseconds=microseconds))

    def bind_amount(self, name: str, amount: str) -> sql.Placeholder:
        """The place of an amount of money; see `minor_units` for the error."""
        return self.bind(name, self.minor_units(amount))

    def minor_units(self, amount: str) -> int:
        """An amount in minor units.

        Raises:
            Permanent: it is finer than the currency's minor unit.
        """
        minor = Decimal(amount) * 10**self.catalogue.minor_units
        if minor != int(minor):
            raise Permanent(f"{amount} is finer than the minor unit of {self.catalogue.currency}.")
        return int(minor)
