"""The file that `./leo tenant set` reads."""

from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from leo_activation.warehouse.connections import TENANT_ID


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"'{name}' is no time zone such as Asia/Ho_Chi_Minh") from error
    return name


RESERVED = frozenset({"api", "static"})
"""Names that the Segment desk's own addresses begin with."""


def _tenant_id(name: str) -> str:
    if not TENANT_ID.fullmatch(name):
        raise ValueError(f"'{name}' is no tenant id: lower-case letters, digits and _, 3 to 31 of them")
    if name in RESERVED:
        raise ValueError(f"'{name}' is an address of the Segment desk; choose another name")
    return name


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceForm(_Strict):
    """Where the data is read from; `location` is a folder, or for arangodb the id of an Airflow connection."""

    kind: Literal["arangodb", "arangodump", "csv"]
    location: Annotated[str, Field(min_length=1)]
    stands_still_at: AwareDatetime | None = None


class TenantForm(_Strict):
    """A tenant as its file describes it; the fields are those of `warehouse.tenants.Tenant`."""

    tenant_id: Annotated[str, AfterValidator(_tenant_id)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    minor_units: Annotated[int, Field(ge=0, le=3)] | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    interest_model: Literal["event_weight", "leo_event_metric"]
    interest_half_life_days: Annotated[Decimal, Field(gt=0)] | None = None
    luxury_threshold_minor: Annotated[int, Field(ge=0)] | None = None
    consent_basis: str | None = None
    source: SourceForm | None = None
