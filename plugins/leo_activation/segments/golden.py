"""The golden set of a prompt: requests with the plans that are right, over one fixed catalogue.

`include/prompts/plan_segment/golden.jsonl` holds a request a line: `id`, `language`, `text`, and `plans`, any of which
is right; none means that the request has to be asked back. `golden_catalogue.json` beside it holds the names.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from leo_activation.llm.activations import Verdict
from leo_activation.llm.prompts import PROMPT_FOLDER
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.request import NeedsClarification, PlannedRequest

AS_OF = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""The moment at which every case is asked."""


class GoldenCase(BaseModel):
    """One request and what is right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z]{2}-[0-9]{3}$")
    language: str = Field(pattern="^(en|vi|de|fr)$")
    text: str = Field(min_length=1)
    plans: tuple[SegmentPlan, ...] = ()

    def verdict(self, answer: PlannedRequest | NeedsClarification) -> Verdict:
        """How an answer to the case is judged."""
        if isinstance(answer, NeedsClarification):
            return Verdict.ASKED_BACK if self.plans else Verdict.EXACT
        right = {meaning_of(plan) for plan in self.plans}
        return Verdict.EXACT if meaning_of(answer.plan) in right else Verdict.WRONG


@dataclass(frozen=True)
class GoldenSet:
    """All cases, the catalogue that they speak of, and a hash of both files."""

    cases: tuple[GoldenCase, ...]
    catalogue: Catalogue
    sha256: str


@cache
def golden_set(folder: Path = PROMPT_FOLDER / "plan_segment") -> GoldenSet:
    """The golden set as it stands in the folder.

    Raises:
        ValidationError: a line is no case.
    """
    lines = (folder / "golden.jsonl").read_bytes()
    names = (folder / "golden_catalogue.json").read_bytes()
    return GoldenSet(
        cases=tuple(GoldenCase.model_validate_json(line) for line in lines.splitlines() if line.strip()),
        catalogue=TypeAdapter(Catalogue).validate_json(names),
        sha256=hashlib.sha256(lines + b"\0" + names).hexdigest(),
    )


def meaning_of(plan: SegmentPlan) -> str:
    """A plan in one spelling: two plans that differ in the order of equal parts, or in brackets, are the same."""
    return json.dumps(_spelled(plan.model_dump(mode="json", exclude_none=True)), sort_keys=True)


def _spelled(part: Any) -> Any:
    if isinstance(part, list):
        return sorted((_spelled(one) for one in part), key=lambda one: json.dumps(one, sort_keys=True))
    if not isinstance(part, dict):
        return part
    spelled = {name: _spelled(value) for name, value in part.items()}
    kind = spelled.get("kind")
    if kind in {"and", "or"}:
        flat: list[Any] = []
        for condition in spelled["conditions"]:
            flat.extend(condition["conditions"] if condition["kind"] == kind else [condition])
        spelled["conditions"] = _spelled(flat)
    if kind == "attribute" and spelled["operator"] == "in" and len(spelled["values"]) == 1:
        spelled["operator"] = "eq"
    if kind == "not" and spelled["condition"]["kind"] == "not":
        return spelled["condition"]["condition"]
    return spelled
