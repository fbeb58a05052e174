"""The data-set level of the quality gate: Great Expectations over what was counted of each collection.

The suites are Great Expectations' own, one file a collection in `include/expectations`. They see one row of counts and
shares a collection and no customer's value, so their cost does not grow with the data and nothing that they store or
print can leak a value (`docs/decisions/quality-gate.md`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from leo_activation.settings import REPOSITORY
from leo_activation.sync.runs import SyncMode

SUITES = REPOSITORY / "include" / "expectations"

ROWS_WORTH_JUDGING = 20
"""A share of fewer rows than these says nothing, where a run reads only what is new."""

GONE_AT_ANY_TIME = 10
"""So many rows of a collection may be gone in one run, whatever share of it they are."""

ROWS_WORTH_A_SWING = 1000
"""A collection with fewer rows than these may grow by any factor."""


@dataclass(frozen=True)
class QualityLimits:
    """What a data set may look like at worst; shares from 0 to 1.

    largest_bad_share: rows rejected, of the rows read. largest_rule_share: those rejected by one rule; None: as
    largest_bad_share. least_key_share: rows with an id, of the rows read.
    least_volume, largest_growth: rows at the source, of those of the last complete run.
    largest_gone_share: known rows that the source no longer has.
    most_changed_columns: columns that are empty, or hold another kind of content, since the last complete run.
    """

    largest_bad_share: float = 0.10
    largest_rule_share: float | None = None
    least_key_share: float = 0.98
    least_volume: float = 0.50
    largest_growth: float = 3.0
    largest_gone_share: float = 0.10
    most_changed_columns: int = 0

    def parameters(self) -> dict[str, float]:
        """The limits by the names under which the suites ask for them."""
        rule_share = self.largest_bad_share if self.largest_rule_share is None else self.largest_rule_share
        return {**asdict(self), "largest_rule_share": rule_share}


@dataclass(frozen=True)
class CollectionMeasure:
    """What was counted of one collection in this run.

    size, size_last_run: rows at the source, now and at the last complete run; None where that is not known.
    known, gone: rows known before this run, and those of them that the source no longer has.
    by_rule: rows rejected by each rule; known_bad: those of them that are set aside already in the same state.
    emptied, changed: names of columns (`docs/decisions/quality-gate.md`).
    """

    collection: str
    rows: int
    rows_with_key: int
    rows_rejected: int
    rows_passed: int
    size: int | None
    size_last_run: int | None
    known: int = 0
    gone: int = 0
    by_rule: Mapping[str, int] = field(default_factory=dict)
    emptied: Sequence[str] = ()
    changed: Sequence[str] = ()
    known_bad: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations says of the collections of one run.

    failures: one sentence for each expectation that is not met. remedies: the limits that would let it through.
    results: the validation result of each collection, without any value.
    """

    failures: tuple[str, ...]
    remedies: tuple[str, ...]
    results: Mapping[str, Any]

    @property
    def problem(self) -> str | None:
        """What is wrong and what to do about it, or None."""
        if not self.failures:
            return None
        said = " ".join(self.failures)
        if not self.remedies:
            return f"{said} Mend the source, then start another sync."
        limits = " and ".join(self.remedies)
        return f"{said} Mend the source, or, where this is right, start one sync with another {limits}."


def judge(
    measures: Sequence[CollectionMeasure], limits: QualityLimits, mode: SyncMode, optional: frozenset[str] = frozenset()
) -> Verdict:
    """Hold each collection against its suite.

    Args:
        optional: collections that may be empty.
    """
    import great_expectations as gx  # seconds of import: paid where it is used
    import pandas as pd
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    # Nothing is written: the pages are made of the results (`data_docs.py`).
    in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    config = DataContextConfig(store_backend_defaults=in_memory, analytics_enabled=False)
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("stage")
    parameters = limits.parameters()
    failures: list[str] = []
    remedies: dict[str, None] = {}
    results = {}
    for measure in measures:
        told = _told(measure, parameters)
        suite = gx.ExpectationSuite(**_suite(measure.collection, told))
        frame = pd.DataFrame([_judged(measure, mode, measure.collection in optional)], dtype="float64")
        for expectation in suite.expectations:
            if expectation.column not in frame:
                frame[expectation.column] = 0.0
        batch = (
            source.add_dataframe_asset(measure.collection)
            .add_batch_definition_whole_dataframe("all")
            .get_batch({"dataframe": frame})
        )
        outcome = batch.validate(suite, result_format="BOOLEAN_ONLY", expectation_parameters=parameters)
        results[measure.collection] = outcome
        for result in outcome.results:
            if not result.success:
                meta = result.expectation_config.meta
                failures.append(f"{measure.collection} {meta['says']}.")
                if "allow" in meta:
                    remedies[meta["allow"]] = None
    return Verdict(tuple(failures), tuple(remedies), results)


def _suite(collection: str, told: Mapping[str, object]) -> dict[str, Any]:
    """The suite of a collection, with this run's counts in its sentences."""
    suite: dict[str, Any] = json.loads((SUITES / f"{collection}.json").read_text(encoding="utf-8"))
    for expectation in suite["expectations"]:
        expectation["description"] = expectation["description"].format_map(told)
        expectation["meta"]["says"] = expectation["meta"]["says"].format_map(told)
    return suite


_SHARES = frozenset(
    ("largest_bad_share", "largest_rule_share", "least_key_share", "least_volume", "largest_gone_share")
)


class _Told(dict[str, object]):
    def __missing__(self, name: str) -> int:
        # A rule that no row of this run broke.
        return 0


def _told(measure: CollectionMeasure, parameters: Mapping[str, float]) -> _Told:
    said: dict[str, object] = asdict(measure) | {f"broke_{rule}": rows for rule, rows in measure.by_rule.items()}
    for name, limit in parameters.items():
        said[name] = f"{100 * limit:.4g}%" if name in _SHARES else limit
    said["size"] = measure.rows if measure.size is None else measure.size
    said["size_last_run"] = "none" if measure.size_last_run is None else measure.size_last_run
    said["emptied"] = ", ".join(measure.emptied) or "none"
    said["changed"] = ", ".join(measure.changed) or "none"
    return _Told(said)


def _judged(measure: CollectionMeasure, mode: SyncMode, optional: bool) -> dict[str, float | None]:
    """The row of numbers that the suite is held against. None meets every expectation: there is nothing to judge."""
    whole = mode is SyncMode.WHOLE
    # A run that reads few rows meets those again that are set aside already; they say nothing new of the source.
    known_bad = {} if whole else measure.known_bad
    rows = measure.rows - sum(known_bad.values())
    # Repaired rows are few and chosen: every one of them may be bad.
    shares = rows > 0 and mode is not SyncMode.REPLAY and (whole or rows >= ROWS_WORTH_JUDGING)
    swing = None
    if mode is not SyncMode.REPLAY and measure.size is not None and measure.size_last_run:
        swing = measure.size / measure.size_last_run
    grown = swing is not None and measure.size is not None and measure.size >= ROWS_WORTH_A_SWING
    return {
        "rows": measure.rows if whole and not optional else None,
        "volume": swing,
        "growth": swing if grown else None,
        "gone_share": measure.gone / measure.known if measure.gone > GONE_AT_ANY_TIME else None,
        "key_share": measure.rows_with_key / measure.rows if shares else None,
        "bad_share": (measure.rows_rejected - sum(known_bad.values())) / rows if shares else None,
        "emptied_columns": len(measure.emptied),
        "changed_columns": len(measure.changed),
        **{
            f"broke_{rule}": (rows_broken - known_bad.get(rule, 0)) / rows if shares else None
            for rule, rows_broken in measure.by_rule.items()
        },
    }
