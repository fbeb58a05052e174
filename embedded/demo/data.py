"""The two tenants of the demo and their data: anybody's folder, or files made by the generator."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from embedded.failure import SetupError
from leo_activation.activation import set_sender
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant

SENDER = "The shop <news@shop.example.com>"
SEED = 20_260_220
AS_OF = "2026-02-20T00:00:00+00:00"
GENERATOR_TIMEOUT_S = 300

RETAIL = Tenant(
    tenant_id="retail",
    name="Retail chain, Vietnam (LEO CDP)",
    currency="VND",
    minor_units=0,
    time_zone="Asia/Ho_Chi_Minh",
    language="vi",
    interest_model="leo_event_metric",
    luxury_threshold_minor=20_000_000,
)
DISCOVERY = Tenant(
    tenant_id="discovery",
    name="Audience discovery (CSV)",
    currency="EUR",
    interest_model="event_weight",
    luxury_threshold_minor=80_000,
    consent_basis="Sample data: invented customers, messages go to the sandbox's own mail server.",
)


@dataclass(frozen=True)
class Sample:
    """One tenant of the demo; `as_of` is None where "now" is the end of its own data."""

    tenant: Tenant
    source: SourceLocation
    profiles: int | None
    as_of: datetime | None


def prepare(warehouse: Warehouse, home: Path, given: Path | None) -> list[Sample]:
    """Make or take the data, and register both tenants; safe to run again.

    Raises:
        SetupError: the given folder holds neither form of data.
    """
    samples = [
        _generated(RETAIL, "arangodump", 1500, home),
        _generated(DISCOVERY, "csv", 500, home),
    ]
    if given is not None:
        kind = _kind_of(given)
        samples = [
            Sample(sample.tenant, SourceLocation(kind, str(given.resolve())), None, None)
            if sample.source.kind == kind
            else sample
            for sample in samples
        ]
    for sample in samples:
        if sample.profiles is not None:
            _generate(sample)
        register_tenant(warehouse, sample.tenant, sample.source)
        set_sender(warehouse, sample.tenant.tenant_id, "email", SENDER)
    return samples


def _generated(tenant: Tenant, kind: str, profiles: int, home: Path) -> Sample:
    folder = home / "data" / tenant.tenant_id
    return Sample(tenant, SourceLocation(kind, str(folder)), profiles, datetime.fromisoformat(AS_OF))


def _generate(sample: Sample) -> None:
    folder = Path(sample.source.location)
    if (folder / "manifest.json").exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["--form", sample.source.kind, "--profiles", str(sample.profiles), "--seed", str(SEED)]
    subprocess.run(
        [sys.executable, "-m", "sandbox.sample_data", *arguments, "--as-of", AS_OF, "--out", str(folder)],
        check=True,
        timeout=GENERATOR_TIMEOUT_S,
        stdout=subprocess.DEVNULL,
    )


def _kind_of(folder: Path) -> str:
    if (folder / "crm_customers.csv").is_file() and (folder / "clickstream_events.csv").is_file():
        return "csv"
    if any(folder.glob("cdp_profile_*.structure.json")):
        return "arangodump"
    raise SetupError(
        f"DATA={folder} holds neither crm_customers.csv and clickstream_events.csv, nor an arangodump of LEO CDP."
    )
