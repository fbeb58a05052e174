"""The quality gate: bad rows are set aside one by one, a bad data set stops the run."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.progress import Steps
from leo_activation.sources import SourceKind
from leo_activation.sync import drift
from leo_activation.sync.comparison import Gone, find_gone
from leo_activation.sync.data_docs import write_data_docs
from leo_activation.sync.forms import FORMS, Part
from leo_activation.sync.quality import CollectionMeasure, QualityLimits, judge
from leo_activation.sync.quarantine import set_aside
from leo_activation.sync.runs import Step, SyncMode, SyncState, require_done, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class QualityReport:
    """What the gate found: rows_read = rows_passed + rows_quarantined, and the quarantined by rule.

    new_attributes: names of attributes that the documents of a collection did not have before.
    still_open: of a replay, the rows whose repair is none, by their id as text, and the rule that each breaks.
    """

    rows_read: int
    rows_passed: int
    rows_quarantined: int
    by_rule: Mapping[str, int]
    new_attributes: Mapping[str, list[str]] = field(default_factory=dict)
    still_open: Mapping[str, str] = field(default_factory=dict)


def check(
    warehouse: Warehouse,
    tenant_id: str,
    sync_run_id: int,
    *,
    limits: QualityLimits | None = None,
    docs: Path | None = None,
) -> QualityReport:
    """Judge the staged rows and the data set as a whole, in one transaction.

    Rejected rows go to `ops.quarantine` with their bytes and the first rule that they break; the others are in the
    common form afterwards. A data set beyond `limits` stops the run for good, with its quarantine kept.

    Args:
        docs: the folder in which Great Expectations' data docs of all tenants are kept; None: none are written.

    Raises:
        Permanent: the data set is bad (the sentence says how), nothing is staged, or the run was stopped.
        Transient: another step of a sync of this tenant is at work.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.CHECKED):
            return _report_of(step.run.counts["checked"])
        require_done(step.run, SyncState.STAGED, "check")
        _require_stage(step)
        step.use_stage()
        step.connection.execute("SET LOCAL default_statistics_target = 10")
        step.connection.execute(statement("sync/empty_shaped"))
        form = FORMS[SourceKind(step.run.source_kind or "")]
        horizon = step.run.as_of or datetime.now(UTC)
        values = {**step.parameters(), "horizon": horizon}
        parts = {name: part for name, part in form.parts.items() if name in _staged(step, "by_collection")}
        names = [*form.statements, *(each for part in parts.values() for each in part.statements)]
        # Beside the statements and the collections: what is gone, the statistics, the quarantine and the verdict.
        steps = Steps(logger, f"Checking {tenant_id}", len(names) + len(parts) + 4)
        gone = find_gone(step)
        steps.done("find what is gone", sum(each.gone for each in gone.values()))
        for name in names:
            rows = step.connection.execute(statement(name), values).rowcount
            steps.done(_in_words(name), rows)
        step.connection.execute(statement("sync/analyze_shaped"))
        steps.done("statistics")
        last = _last_counts(step)
        measures, looks = _measure(step, parts, gone, last, steps)
        still_open = set_aside(step)
        steps.done("set aside")
        by_rule: dict[str, int] = {}
        for measure in measures:
            for rule, rows in measure.by_rule.items():
                by_rule[rule] = by_rule.get(rule, 0) + rows
        report = QualityReport(
            rows_read=sum(measure.rows for measure in measures),
            rows_passed=sum(measure.rows_passed for measure in measures),
            rows_quarantined=sum(measure.rows_rejected for measure in measures),
            by_rule=dict(sorted(by_rule.items())),
            new_attributes=_new_attributes(looks, last),
            still_open=still_open,
        )
        optional = frozenset(name for name, part in parts.items() if part.optional)
        verdict = judge(measures, limits or QualityLimits(), SyncMode(step.run.mode), optional)
        steps.done("judge")
        recorded = {
            **step.parameters(),
            "rows_passed": report.rows_passed,
            "rows_quarantined": report.rows_quarantined,
            "problem": verdict.problem,
        }
        step.connection.execute(statement("sync/record_verdict"), recorded)
        counts = {
            **asdict(report),
            "looks": {name: drift.remember(each, _last_look(last, name)) for name, each in looks.items()},
            "gone": {name: asdict(each) for name, each in gone.items()},
        }
        step.finish(SyncState.STOPPED if verdict.problem else SyncState.CHECKED, "checked", counts)
        logger.info(
            "Checked %s of %s rows of %s: %s passed, %s in quarantine.",
            f"{report.rows_passed + report.rows_quarantined:,}", f"{report.rows_read:,}", tenant_id,
            f"{report.rows_passed:,}", f"{report.rows_quarantined:,}",
        )  # fmt: skip
    if docs is not None:
        write_data_docs(docs, tenant_id, sync_run_id, step.run.started_at, verdict.results)
    if verdict.problem:
        raise Permanent(f"Sync run {sync_run_id} of tenant {tenant_id} is stopped: {verdict.problem}")
    return report


def _in_words(name: str) -> str:
    """What a statement does, as its file is called."""
    return name.rpartition("/")[2].replace("_", " ")


def _require_stage(step: Step) -> None:
    values = {"schema": step.run.schema}
    if step.connection.execute(statement("sync/find_stage"), values).fetchone() is None:
        raise Permanent(f"The stage of sync run {step.run.sync_run_id} is gone; start another run.")


def _staged(step: Step, name: str) -> Mapping[str, int]:
    return cast(Mapping[str, int], step.run.counts["staged"].get(name, {}))


def _last_counts(step: Step) -> Mapping[str, Mapping[str, Any]]:
    """What the steps of the tenant's last complete run counted; nothing in its first."""
    row = step.connection.execute(statement("sync/read_last_counts"), step.parameters()).fetchone()
    return cast(Mapping[str, Mapping[str, Any]], row[0]) if row else {}


def _last_look(last: Mapping[str, Mapping[str, Any]], collection: str) -> drift.Look | None:
    return drift.recall(last.get("checked", {}).get("looks", {}).get(collection))


def _new_attributes(looks: Mapping[str, drift.Look], last: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    found = {name: list(drift.compare(each, _last_look(last, name)).new_attributes) for name, each in looks.items()}
    for name, attributes in found.items():
        if attributes:
            logger.warning("%s has attributes that it did not have before: %s.", name, ", ".join(attributes))
    return {name: attributes for name, attributes in found.items() if attributes}


def _measure(
    step: Step,
    parts: Mapping[str, Part],
    gone: Mapping[str, Gone],
    last: Mapping[str, Mapping[str, Any]],
    steps: Steps,
) -> tuple[list[CollectionMeasure], dict[str, drift.Look]]:
    """Count each collection; refused where a row is neither in the common form nor rejected."""
    size, staged = _staged(step, "source_rows"), _staged(step, "by_collection")
    last_staged = last.get("staged", {})
    last_size = last_staged.get("source_rows") or last_staged.get("by_collection", {})
    broken: dict[str, dict[str, int]] = {}
    for collection, rule, number in step.connection.execute(statement("sync/count_broken_rules")).fetchall():
        broken.setdefault(collection, {})[rule] = number
    measures = []
    looks = {}
    for collection, part in parts.items():
        columns = drift.list_columns(step, collection)
        query = sql.SQL(statement("sync/measure_collection")).format(
            collection=sql.Identifier(collection),
            shaped=sql.Identifier(part.shaped),
            key=sql.Identifier(part.key),
            filled=sql.SQL(", ").join(sql.SQL("count({})").format(sql.Identifier(name)) for name in columns),
        )
        row = step.connection.execute(query, {"collection": collection}).fetchone()
        rows, with_key, rejected, passed, filled = row or (0, 0, 0, 0, [])
        if rows != staged[collection]:
            # Unlogged tables are empty after a crash of the server.
            raise Permanent(
                f"The stage of sync run {step.run.sync_run_id} has lost rows of {collection}; start another run."
            )
        if rows != passed + rejected:
            raise Permanent(
                f"Of {rows} rows of {collection}, {passed} passed and {rejected} were rejected: the rest is missing."
            )
        known_bad = sql.SQL(statement("sync/count_known_broken")).format(collection=sql.Identifier(collection))
        looks[collection] = drift.look(step, collection, rows, dict(zip(columns, filled, strict=True)))
        # Repaired rows are few and chosen.
        before = None if step.run.mode == SyncMode.REPLAY else _last_look(last, collection)
        found = drift.compare(looks[collection], before)
        measures.append(
            CollectionMeasure(
                collection=collection,
                rows=rows,
                rows_with_key=with_key,
                rows_rejected=rejected,
                rows_passed=passed,
                size=size.get(collection),
                size_last_run=last_size.get(collection),
                known=gone[collection].known,
                gone=gone[collection].gone,
                by_rule=broken.get(collection, {}),
                known_bad=dict(
                    step.connection.execute(known_bad, {**step.parameters(), "collection": collection}).fetchall()
                ),
                emptied=found.emptied,
                changed=found.changed,
            )
        )
        steps.done(f"measure {collection}", rows)
    return measures, looks


def _report_of(counts: Mapping[str, object]) -> QualityReport:
    return QualityReport(
        rows_read=cast(int, counts["rows_read"]),
        rows_passed=cast(int, counts["rows_passed"]),
        rows_quarantined=cast(int, counts["rows_quarantined"]),
        by_rule=cast(Mapping[str, int], counts["by_rule"]),
        new_attributes=cast(Mapping[str, list[str]], counts.get("new_attributes", {})),
        still_open=cast(Mapping[str, str], counts.get("still_open", {})),
    )
