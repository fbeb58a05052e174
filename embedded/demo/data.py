"""The two tenants of the demo and their data: anybody's folder, or data made by the generator.

The generator writes LEO CDP's data as a backup; it is restored into the sandbox's stand-in for ArangoDB, and the
pipeline reads it there as it would read LEO CDP itself.
"""

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from embedded.failure import SetupError
from leo_activation.activation import set_sender
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenant_access import EVERYBODY, allow_users
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant

SENDERS = {
    "discovery": {"email": ("The shop <news@shop.example.com>", "smtp")},
    "retail": {
        "email": ("Cửa hàng Đường Mòn <news@shop.example.com>", "sendgrid"),
        "mobile_push": ("Cửa hàng Đường Mòn", "fcm"),
        "web_push": ("Cửa hàng Đường Mòn", "webpush"),
        "sms": ("DUONGMON", "brandname"),
        "zalo": ("Cửa hàng Đường Mòn", "zalo"),
        "messenger": ("Cửa hàng Đường Mòn", "messenger"),
    },
}
"""Who writes on each channel, and by which provider."""
SEED = 20_260_220
AS_OF = "2026-02-20T00:00:00+00:00"
STANDS_STILL_AT = datetime.fromisoformat(AS_OF)
GENERATOR_TIMEOUT_S = 300
RESTORE_TIMEOUT_S = 120
LEO_CDP = SourceLocation("arangodb", "leo_arangodb_retail", STANDS_STILL_AT)
LEO_CDP_DATABASE = "leo_retail"

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
    """One tenant of the demo; its source stands still where the data was generated, else "now" is the data's end."""

    tenant: Tenant
    source: SourceLocation


def prepare(warehouse: Warehouse, home: Path, sandbox_url: str, given: Path | None) -> list[Sample]:
    """Make or take the data, and register both tenants; safe to run again.

    Raises:
        SetupError: the given folder holds neither form of data, or the sandbox cannot restore the generated one.
    """
    files = home / "data" / DISCOVERY.tenant_id
    samples = [
        Sample(RETAIL, LEO_CDP),
        Sample(DISCOVERY, SourceLocation("csv", str(files), STANDS_STILL_AT)),
    ]
    if given is not None:
        kind = _kind_of(given)
        taken = DISCOVERY if kind == "csv" else RETAIL
        samples = [
            Sample(taken, SourceLocation(kind, str(given.resolve()))) if sample.tenant is taken else sample
            for sample in samples
        ]
    for sample in samples:
        if sample.source == LEO_CDP:
            dump = home / "data" / RETAIL.tenant_id
            _generate("arangodump", 1500, dump)
            _restore(sandbox_url, dump)
        elif sample.source.stands_still_at is not None:
            _generate("csv", 500, files)
        register_tenant(warehouse, sample.tenant, sample.source)
        allow_users(warehouse, sample.tenant.tenant_id, [EVERYBODY], allowed_by="demo")
        for channel, (sender, provider) in SENDERS[sample.tenant.tenant_id].items():
            set_sender(warehouse, sample.tenant.tenant_id, channel, sender, provider=provider)
    return samples


def _generate(form: str, profiles: int, folder: Path) -> None:
    if (folder / "manifest.json").exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["--form", form, "--profiles", str(profiles), "--seed", str(SEED)]
    subprocess.run(
        [sys.executable, "-m", "sandbox.sample_data", *arguments, "--as-of", AS_OF, "--out", str(folder)],
        check=True,
        timeout=GENERATOR_TIMEOUT_S,
        stdout=subprocess.DEVNULL,
    )


def _restore(sandbox_url: str, folder: Path) -> None:
    answer = httpx.post(
        f"{sandbox_url}/sandbox/arangodb/restore",
        json={"folder": str(folder), "database": LEO_CDP_DATABASE},
        timeout=RESTORE_TIMEOUT_S,
    )
    if answer.status_code != httpx.codes.OK:
        raise SetupError(f"The sandbox could not restore {folder}: {answer.text}")


def _kind_of(folder: Path) -> str:
    if (folder / "crm_customers.csv").is_file() and (folder / "clickstream_events.csv").is_file():
        return "csv"
    if any(folder.glob("cdp_profile_*.structure.json")):
        return "arangodump"
    raise SetupError(
        f"DATA={folder} holds neither crm_customers.csv and clickstream_events.csv, nor an arangodump of LEO CDP."
    )
