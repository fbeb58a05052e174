"""The stand-ins of providers that `web.make_app` serves: one line each in `stand_ins`."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from sandbox.brandname.api import SECRET as BRANDNAME_SECRET
from sandbox.brandname.api import Aggregator, brandname_router, brandname_switches
from sandbox.connections import Connections
from sandbox.fcm.account import Account
from sandbox.fcm.api import Fcm, fcm_router, fcm_switches
from sandbox.graph.api import Graph, graph_router, graph_switches
from sandbox.graph.contract import APP_SECRET
from sandbox.journal import Journal
from sandbox.scenarios import Switchboard
from sandbox.twilio.api import TOKEN as TWILIO_TOKEN
from sandbox.twilio.api import Twilio, twilio_router, twilio_switches
from sandbox.webpush.api import PushService, push_router
from sandbox.zalo.api import App, Zalo, zalo_router, zalo_switches


@dataclass(frozen=True)
class StandIn:
    """One provider: its API below `/<name>`, its switches below `/sandbox/<name>`, and its way back to the start."""

    name: str
    api: APIRouter
    switches: APIRouter
    forget: Callable[[], None]


def stand_ins(journal: Journal, switchboard: Switchboard, connections: Connections) -> Sequence[StandIn]:
    """All of them, each with nothing received; what they must know is in the environment (`LEO_SANDBOX_…`)."""
    return [
        _graph(journal, switchboard, connections),
        _zalo(journal, switchboard, connections),
        _fcm(journal, switchboard, connections),
        _webpush(journal, switchboard, connections),
        _twilio(journal, switchboard, connections),
        _brandname(journal, switchboard, connections),
    ]


def _graph(journal: Journal, switchboard: Switchboard, connections: Connections) -> StandIn:
    webhook = os.environ.get("LEO_SANDBOX_GRAPH_WEBHOOK") or ""
    secret = os.environ.get("LEO_SANDBOX_META_APP_SECRET") or APP_SECRET
    graph = Graph(journal, switchboard, connections, webhook, secret)
    return StandIn("graph", graph_router(graph), graph_switches(graph), graph.forget)


def _zalo(journal: Journal, switchboard: Switchboard, connections: Connections) -> StandIn:
    app = App(
        secret=os.environ.get("LEO_SANDBOX_ZALO_APP_SECRET") or App.secret,
        oa_secret=os.environ.get("LEO_SANDBOX_ZALO_OA_SECRET") or App.oa_secret,
    )
    webhook = os.environ.get("LEO_SANDBOX_ZALO_WEBHOOK") or ""
    # Beside the journal: a client holds the last pair when the sandbox starts anew, and could not go on without it.
    zalo = Zalo(journal, switchboard, connections, app, webhook, journal.path.with_name("zalo-tokens.json"))
    return StandIn("zalo", zalo_router(zalo), zalo_switches(zalo), zalo.forget)


def _fcm(journal: Journal, switchboard: Switchboard, connections: Connections) -> StandIn:
    kept = os.environ.get("LEO_SANDBOX_FCM_KEY")
    fcm = Fcm(journal, switchboard, connections, Account.kept_in(Path(kept)) if kept else None)
    return StandIn("fcm", fcm_router(fcm), fcm_switches(fcm), fcm.forget)


def _webpush(journal: Journal, switchboard: Switchboard, connections: Connections) -> StandIn:
    service = PushService(journal, switchboard, connections)
    return StandIn("webpush", push_router(service), APIRouter(), lambda: None)


def _twilio(journal: Journal, switchboard: Switchboard, connections: Connections) -> StandIn:
    token = os.environ.get("LEO_SANDBOX_TWILIO_TOKEN") or TWILIO_TOKEN
    twilio = Twilio(journal, switchboard, connections, token)
    return StandIn("twilio", twilio_router(twilio), twilio_switches(twilio), twilio.forget)


def _brandname(journal: Journal, switchboard: Switchboard, connections: Connections) -> StandIn:
    webhook = os.environ.get("LEO_SANDBOX_BRANDNAME_WEBHOOK") or ""
    secret = os.environ.get("LEO_SANDBOX_BRANDNAME_SECRET") or BRANDNAME_SECRET
    aggregator = Aggregator(journal, switchboard, connections, webhook, secret)
    return StandIn("brandname", brandname_router(aggregator), brandname_switches(aggregator), aggregator.forget)
