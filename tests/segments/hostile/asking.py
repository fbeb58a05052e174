"""How the hostile shop is asked: a request is drafted as production drafts it, and what was shown and sent is kept."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leo_activation.errors import Permanent
from leo_activation.segments.approval import review
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.gate import gate
from leo_activation.segments.language_tasks import Explainer, PlanReviewer
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Planner
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from tests.profiles.people import NOW
from tests.segments.hostile.sheet import ACTIVE, Form, form_of
from tests.segments.hostile.shop import CONTACTS, HostileShop, Sent

MARKETER = "marketer"
SHOWN_BY_NUMBER = re.compile("⟨U\\+[0-9A-F]{4,6}⟩")
SEEN = frozenset("\n\t\u200c\u200d")
"""Of what Unicode calls control and format, what a sheet may hold: its own lines, and the joiners of scripts."""


@dataclass(frozen=True)
class Knows:
    """A planner that knows one plan, whatever the words."""

    plan_of_it: SegmentPlan
    name: str = "canned"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The plan."""
        return PlannedRequest(plan=self.plan_of_it)


@dataclass(frozen=True)
class Asked:
    """What came of a request: its draft, what was sent to the database for it, and the sheet if there is one."""

    draft: Draft
    sent: tuple[Sent, ...]
    body: str | None

    @property
    def form(self) -> Form:
        """The sheet's form; there is one only of a drafted request."""
        assert self.body is not None
        return form_of(self.body)


def ask(
    shop: HostileShop,
    text: str,
    planners: Sequence[Planner],
    *,
    reviewer: PlanReviewer | None = None,
    explainer: Explainer | None = None,
) -> Asked | Permanent:
    """Submit, draft and show a request; the refusal where it does not even get into the inbox."""
    began = len(shop.warehouse.sent)
    try:
        request_id = submit_request(shop.warehouse, shop.tenant_id, text, MARKETER)
    except Permanent as refusal:
        return refusal
    draft = draft_request(
        shop.warehouse,
        shop.tenant_id,
        request_id,
        as_of=NOW,
        encoder=shop.encoder,
        planners=planners,
        reviewer=reviewer,
        explainer=explainer,
    )
    body = review(shop.warehouse, shop.tenant_id, request_id).body if draft.segment_id is not None else None
    return Asked(draft, tuple(shop.warehouse.sent[began:]), body)


def assert_gated(asked: Asked) -> None:
    """Every Cypher that ran is the gate's own print of itself, and was run by the reader."""
    for sent in asked.sent:
        if sent.cypher is None:
            assert "cypher(" not in sent.text
            continue
        text, parameters = sent.cypher
        assert sent.role == DatabaseRole.READER
        assert gate(text, parameters).text == text


def assert_sheet_holds(asked: Asked, text: str, named: str = "") -> None:
    """The sheet has its own form alone: the text stands in one fence, and no contact data that was not asked by name.

    named: the name in customers' data that the plan is about, which an approver has to see as it is.
    """
    form = asked.form
    assert not form.active & ACTIVE
    assert any(_plain(text) == _plain(fence) for fence in form.fences)
    assert not [one for one in str(asked.body) if unicodedata.category(one) in ("Cc", "Cf") and one not in SEEN]
    for table in form.tables:
        assert {len(row) for row in table} == {len(table[0])}
    assert not [contact for contact in CONTACTS if contact in str(asked.body) and contact not in text + named]


def _plain(text: str) -> str:
    """The text without what is not seen, or is shown by its number, or is only space: what a reader reads."""
    shown = SHOWN_BY_NUMBER.sub("", text)
    return "".join(character for character in shown if character.isprintable() and not character.isspace())
