"""The HTTP side: the page of received mail, the journal, and the switches for faults.

The page makes no request outside this server: its policy forbids it, and the HTML of a message is shown in a
frame that may neither run scripts nor load anything.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import HTMLResponse, StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field

from sandbox.arangodb.context import Server
from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.loading import load_dump
from sandbox.gemini.api import gemini_router
from sandbox.inbox import CHANNELS, read_message
from sandbox.journal import Journal, Outcome, to_json_line
from sandbox.models.script import Script
from sandbox.openai.api import openai_router
from sandbox.scenarios import Plan, Switchboard
from sandbox.sendgrid.api import SendGrid, sendgrid_router, sendgrid_switches
from sandbox.stand_ins import StandIn

PAGE_SIZE = 25
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
BODY_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class ScenarioOrder(BaseModel):
    """What to do from now on: one `scenario` or `shares` of several, for one `key` or for all."""

    model_config = ConfigDict(extra="forbid")

    channel: str
    scenario: str | None = None
    shares: dict[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    seed: int = 0
    attempts: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=0)] = 0
    key: str | None = None


class ScriptedAnswer(BaseModel):
    """An answer that the model server gives to requests whose text the pattern finds."""

    model_config = ConfigDict(extra="forbid")

    pattern: str
    answer: dict[str, object]


class DumpToRestore(BaseModel):
    """A folder of arangodump on the sandbox's machine, and the database that it becomes."""

    model_config = ConfigDict(extra="forbid")

    folder: Path
    database: str


def make_app(
    journal: Journal,
    switchboard: Switchboard,
    script: Script,
    arangodb: Server,
    sendgrid: SendGrid,
    providers: Sequence[StandIn] = (),
) -> FastAPI:
    """The application over one journal; nothing is shared between two of them."""
    app = FastAPI(title="LEO sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    templates = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    page_template = templates.get_template("inbox.html")

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok", "journal": str(journal.path)}

    @app.get("/")
    def inbox(
        page: Annotated[int, Query(ge=1)] = 1,
        message: Annotated[int | None, Query(ge=1)] = None,
        channel: str = "",
    ) -> HTMLResponse:
        used = [name for name in CHANNELS if journal.of_channels({name})]
        came = journal.of_channels({channel} if channel in used else CHANNELS)
        pages = max(1, -(-len(came) // PAGE_SIZE))
        page = min(page, pages)
        shown = came[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        rows = [read_message(record) for seq, _ in shown if (record := journal.get(seq)) is not None]
        named = journal.get(message) if message is not None else None
        chosen = read_message(named) if named is not None else next(iter(rows), None)
        text = page_template.render(
            accepted=sum(outcome is Outcome.ACCEPTED for _, outcome in came),
            refused=sum(outcome is Outcome.REJECTED for _, outcome in came),
            page=page,
            pages=pages,
            rows=rows,
            chosen=chosen,
            chosen_by_person=named is not None,
            channels={name: CHANNELS[name] for name in used},
            channel=channel if channel in used else "",
        )
        return HTMLResponse(text, headers={"Content-Security-Policy": PAGE_POLICY})

    @app.get("/messages/{seq}/html")
    def message_html(seq: int) -> HTMLResponse:
        record = journal.get(seq)
        if record is None:
            raise HTTPException(404, f"no message {seq}")
        return HTMLResponse(read_message(record).html, headers={"Content-Security-Policy": BODY_POLICY})

    @app.get("/sandbox/journal")
    def read_journal(since: Annotated[int, Query(ge=0)] = 0) -> StreamingResponse:
        lines: Iterator[str] = (to_json_line(record) for record in journal.since(since))
        return StreamingResponse(lines, media_type="application/jsonl")

    @app.get("/sandbox/arangodb/asked")
    def read_asked(since: Annotated[int, Query(ge=0)] = 0) -> StreamingResponse:
        lines = (json.dumps(each) + "\n" for each in arangodb.asked.since(since))
        return StreamingResponse(lines, media_type="application/jsonl")

    @app.post("/sandbox/arangodb/restore")
    async def restore(dump: DumpToRestore) -> dict[str, bool]:
        """Make a database of a dump, as arangorestore would; one that is there stays as it is."""
        if dump.database in arangodb.store.names():
            return {"restored": False}
        try:
            load_dump(arangodb.store, dump.folder, dump.database)
        except (ValueError, ArangoError) as error:
            raise HTTPException(422, str(error)) from error
        return {"restored": True}

    @app.post("/sandbox/scenario")
    def set_scenario(order: ScenarioOrder) -> dict[str, str]:
        if (order.scenario is None) == (order.shares is None):
            raise HTTPException(422, "give either scenario or shares")
        shares = order.shares if order.shares is not None else {str(order.scenario): 1.0}
        try:
            switchboard.set(order.channel, Plan(shares, order.seed, order.attempts, order.after), order.key)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return {"status": "ok"}

    @app.post("/sandbox/models/answer")
    def script_answer(scripted: ScriptedAnswer) -> dict[str, str]:
        script.add(scripted.pattern, scripted.answer)
        return {"status": "ok"}

    @app.post("/sandbox/reset")
    def reset() -> dict[str, str]:
        journal.reset()
        switchboard.clear()
        script.forget_added()
        arangodb.asked.clear()
        sendgrid.forget()
        for provider in providers:
            provider.forget()
        return {"status": "ok"}

    app.include_router(gemini_router(journal, switchboard, script), prefix="/gemini")
    app.include_router(openai_router(journal, switchboard, script), prefix="/openai")
    app.include_router(sendgrid_router(sendgrid), prefix="/sendgrid")
    app.include_router(sendgrid_switches(sendgrid), prefix="/sandbox/sendgrid")
    for provider in providers:
        app.include_router(provider.api, prefix=f"/{provider.name}")
        app.include_router(provider.switches, prefix=f"/sandbox/{provider.name}")
    return app
