"""The legal clocks of requests, as versioned data with the law and its article (`include/policies/rights.yaml`)."""

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import REPOSITORY

CLOCKS = REPOSITORY / "include" / "policies" / "rights.yaml"


class RequestKind(StrEnum):
    """What a person may ask for by right."""

    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clock(_Strict):
    """A period from receipt, and by how much it may be extended once."""

    article: str = Field(min_length=1)
    months: int = Field(default=0, ge=0, le=12)
    days: int = Field(default=0, ge=0, le=366)
    extension_months: int = Field(default=0, ge=0, le=12)
    extension_days: int = Field(default=0, ge=0, le=366)

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        if not self.months + self.days:
            raise ValueError("a clock has months or days")
        return self


class Law(_Strict):
    """An act and its clock for every kind of request."""

    act: str = Field(min_length=1)
    clocks: dict[RequestKind, Clock]

    @model_validator(mode="after")
    def _has_every_clock(self) -> Self:
        if missing := set(RequestKind) - set(self.clocks):
            raise ValueError(f"no clock for {', '.join(sorted(missing))}")
        return self


class Clocks(_Strict):
    """All laws by their names."""

    version: int = Field(ge=1)
    warn_days: int = Field(ge=0, le=90)
    laws: dict[str, Law] = Field(min_length=1)

    def clock(self, law: str, kind: RequestKind) -> Clock:
        """The clock of a law for a kind of request.

        Raises:
            Permanent: there is no such law.
        """
        if law not in self.laws:
            raise Permanent(f"There is no law '{law}'; known are {', '.join(sorted(self.laws))}.")
        return self.laws[law].clocks[kind]

    def strictest(self, kind: RequestKind) -> str:
        """The law that gives the shortest time, a month counted as 30 days; of equals the first by name."""
        return min(sorted(self.laws), key=lambda law: _days(self.laws[law].clocks[kind]))


@cache
def read_clocks(file: Path = CLOCKS) -> Clocks:
    """The clocks that hold.

    Raises:
        Configuration: the file is not there, or says what no clock can.
    """
    try:
        return Clocks.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise Configuration(f"The clocks of requests cannot be read from {file}: {error.strerror}.") from None
    except (ValidationError, yaml.YAMLError) as error:
        raise Configuration(f"The clocks of requests in {file} are wrong: {str(error).splitlines()[0]}") from None


def _days(clock: Clock) -> int:
    return 30 * clock.months + clock.days
