"""Contact data that nobody else has goes through everything, and stands afterwards only where it may.

The journey (`journey.py`) is a real sync, drafting with a model's stand-in, a refresh of members, a campaign on two
channels against stand-ins of providers, webhooks in a process of their own, rows set aside, and errors. Then everything
that was left is searched: every column of every table and view, graphs too, whatever was logged, asked, embedded, shown
and written.
"""

import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from embedded.urls import with_database
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.process import running_sandbox
from sandbox.twilio.api import TOKEN as TWILIO_TOKEN
from tests.activation.shop import Shop
from tests.faults.webhooks import running_webhooks
from tests.leaks.canaries import NEVER_COPIED, OF_PEOPLE, SAID, SET_ASIDE, Canary, singing
from tests.leaks.journey import Journey, Listening, Traces, prompts_of
from tests.leaks.searching import counted_columns, filled_relations, places_in_database, places_in_files

EVERYBODYS = {**OF_PEOPLE, **SET_ASIDE, **SAID}

ALLOWED: Mapping[str, set[str]] = {
    # What is known of a person, and where they are reached.
    "core.profile.first_name": {"first name"},
    "core.profile.last_name": {"last name"},
    "core.profile.email": {"e-mail"},
    "core.profile.phone": {"telephone"},
    "core.profile.date_of_birth": {"date of birth"},
    "core.channel_address.address": {"e-mail", "telephone", "device", "endpoint", "Zalo id", "Facebook id"},
    # What is to be sent, or was: the ledger's own rows.
    "activation.delivery.address": {"e-mail", "telephone"},
    # Rows as the source gave them, for repair; the view shows those that wait.
    "ops.quarantine.raw": set(SET_ASIDE),
    "ops.open_quarantine.raw": set(SET_ASIDE),
    # What a marketer wrote, word by word; nothing that is made of it repeats it.
    "segment.request.text": set(SAID),
}
"""The columns in which contact data may stand, and which: identities and second addresses are hashed, streets left."""


MUST_SHOW = (
    "report.customer", "report.consent", "report.reach", "report.interest", "report.request", "report.segment",
    "report.segment_change", "report.model_call", "report.waterfall", "report.delivery", "report.campaign_outcome",
    "report.quarantine", "report.sync", "audit.log", "audit.batch", "ops.dag_run",
)  # fmt: skip
"""What the journey fills, at the least."""


@dataclass(frozen=True)
class Left:
    """What the journey left behind."""

    traces: Traces
    database: Mapping[str, set[str]]
    never_copied: Mapping[str, set[str]]
    columns: int
    filled: Mapping[str, bool]
    folder: Path
    waiting: int


@pytest.fixture(scope="module")
def left(warehouse: Warehouse, pseudonym_key: bytes, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """The journey, once."""
    folder = tmp_path_factory.mktemp("leaks")
    tenant = Tenant(
        tenant_id=f"k{secrets.token_hex(6)}",
        name="A shop with canaries",
        currency="VND",
        minor_units=0,
        interest_model="leo_event_metric",
    )
    register_tenant(warehouse, tenant)
    listening = Listening()
    root = logging.getLogger()
    level = root.level
    root.addHandler(listening)
    root.setLevel(logging.DEBUG)
    try:
        with (
            running_sandbox(folder / "journal" / "journal.jsonl") as sandbox,
            warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection,
        ):
            connection.autocommit = True
            shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
            journey = Journey(shop, sandbox, folder)
            journey.synchronise()
            journey.draft()
            journey.refresh()
            environment = {"LEO_SENDGRID_WEBHOOK_KEY": sandbox.sendgrid_key(), "LEO_TWILIO_AUTH_TOKEN": TWILIO_TOKEN}
            with running_webhooks(shop, environment, folder / "webhooks.log") as webhooks:
                journey.campaign(webhooks)
                journey.be_lied_to(webhooks)
                waiting = journey.await_posts()
            journey.settle()
            journey.fail()
            journal = sandbox.journal()
    finally:
        root.removeHandler(listening)
        root.setLevel(level)
    traces = journey.traces
    traces.logged = listening.lines
    traces.prompts = prompts_of(journal)
    traces.embedded = journey.encoder.asked
    traces.accepted = [line for line in journal if line["channel"] in {"sendgrid", "twilio"}]
    name = str(conninfo_to_dict(warehouse.urls[DatabaseRole.OWNER])["dbname"])
    administrator = with_database(os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"], name)
    return Left(
        traces,
        places_in_database(administrator, tenant.tenant_id, EVERYBODYS.values()),
        places_in_database(administrator, tenant.tenant_id, NEVER_COPIED.values()),
        counted_columns(administrator),
        filled_relations(administrator, tenant.tenant_id, "report", "audit", "ops"),
        folder,
        waiting,
    )


def heard(lines: list[str], canaries: Mapping[str, Canary] = EVERYBODYS) -> list[tuple[str, set[str]]]:
    """The lines in which a canary sings."""
    return [(line[:200], names) for line in lines if (names := singing(line, canaries.values()))]


def test_the_journey_went_everywhere(left: Left) -> None:
    traces = left.traces
    assert {line["channel"] for line in traces.accepted if line["outcome"] == "accepted"} == {"sendgrid", "twilio"}
    assert any(line["outcome"] == "rejected" for line in traces.accepted)
    # The providers did get the person's address and name: that is what they are for.
    assert any(OF_PEOPLE["e-mail"].sings_in(line["recipient"]) for line in traces.accepted)
    assert any(OF_PEOPLE["telephone"].sings_in(line["recipient"]) for line in traces.accepted)
    assert len(traces.prompts) >= 3
    assert len(traces.embedded) >= 1
    assert len(traces.raised) >= 4
    assert len(traces.logged) > 100
    assert traces.posted >= 15
    assert left.waiting == 0
    assert left.columns > 1_000
    assert traces.approved > 0
    for work in ("Merging", "Writing texts", "Embedding texts", "Drafting", "Refreshing", "Planning", "Sealing"):
        assert any(f"INFO {work} " in line for line in traces.logged), work


def test_in_the_database_it_stands_only_where_it_may(left: Left) -> None:
    assert {place: names for place, names in left.database.items() if place not in ALLOWED} == {}
    for place, names in left.database.items():
        assert names <= ALLOWED[place], place


def test_reports_audit_and_the_runs_of_dags_were_searched_with_rows_in_them_and_hold_none_of_it(left: Left) -> None:
    views = {name: filled for name, filled in left.filled.items() if name.startswith("report.")}
    assert [name for name in left.database if name.startswith(("report.", "audit."))] == []
    assert "ops.dag_run" not in {name.rpartition(".")[0] for name in left.database}
    assert [name for name in MUST_SHOW if not left.filled[name]] == []
    # Of what nobody did on the way a view has nothing to show.
    assert sum(views.values()) > len(views) / 2


def test_what_is_never_copied_is_nowhere_at_all(left: Left) -> None:
    assert left.never_copied == {}
    assert heard(left.traces.logged + left.traces.prompts + left.traces.embedded, NEVER_COPIED) == []


def test_no_model_was_sent_any_of_it(left: Left) -> None:
    assert heard([line for prompt in left.traces.prompts for line in prompt.splitlines()]) == []


def test_no_text_that_is_embedded_holds_any_of_it(left: Left) -> None:
    assert heard(left.traces.embedded) == []


def test_no_logger_wrote_any_of_it(left: Left) -> None:
    assert heard(left.traces.logged) == []
    assert heard((left.folder / "webhooks.log").read_text(encoding="utf-8").splitlines()) == []


def test_no_error_quotes_any_of_it(left: Left) -> None:
    assert heard(left.traces.raised) == []


def test_no_page_of_the_data_docs_shows_any_of_it(left: Left) -> None:
    pages = list((left.folder / "docs").rglob("*.html"))
    assert pages
    assert places_in_files(left.folder / "docs", EVERYBODYS.values()) == {}


def test_a_sheet_shows_the_requesters_own_words_and_nothing_of_customers(left: Left) -> None:
    assert left.traces.sheets
    customers = {**OF_PEOPLE, **SET_ASIDE}
    assert heard([line for sheet in left.traces.sheets for line in sheet.splitlines()], customers) == []


def test_a_search_that_finds_nothing_would_find_something(left: Left, tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(f"sent to {OF_PEOPLE['telephone'].written}")
    assert places_in_files(tmp_path, EVERYBODYS.values()) == {"log.txt": {"telephone"}}
    assert heard(["told Canary.Lan+7F3A@example.com so"]) == [("told Canary.Lan+7F3A@example.com so", {"e-mail"})]
    assert {"core.profile.email", "core.channel_address.address"} <= left.database.keys()
