"""The quality gate: bad rows are set aside one by one, a bad data set stops the run."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import cast

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.sources import SourceKind
from leo_activation.sync.forms import FORMS, Part
from leo_activation.sync.quality import CollectionMeasure, QualityLimits, failed_expectations
from leo_activation.sync.runs import Step, SyncState, require_done, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class QualityReport:
    """What the gate found: rows_read = rows_passed + rows_quarantined, and the quarantined by rule."""

    rows_read: int
    rows_passed: int
    rows_quarantined: int
    by_rule: Mapping[str, int]


def check(
    warehouse: Warehouse, tenant_id: str, sync_run_id: int, *, limits: QualityLimits | None = None
) -> QualityReport:
    """Judge the staged rows and the data set as a whole, in one transaction.

    Rejected rows go to `ops.quarantine` with their bytes and the first rule that they break; the others are in the
    common form afterwards. A data set beyond `limits` stops the run for good, with its quarantine kept.

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
        step.connection.execute(statement("sync/empty_shaped"))
        form = FORMS[SourceKind(step.run.source_kind or "")]
        horizon = step.run.as_of or datetime.now(UTC)
        values = {**step.parameters(), "horizon": horizon}
        for name in form.statements:
            step.connection.execute(statement(name), values)
        measures = _measure(step, form.parts)
        _set_aside(step, form.parts)
        report = QualityReport(
            rows_read=sum(measure.rows for measure in measures),
            rows_passed=sum(measure.rows_passed for measure in measures),
            rows_quarantined=sum(measure.rows_rejected for measure in measures),
            by_rule=dict(step.connection.execute(statement("sync/count_broken_rules")).fetchall()),
        )
        failures = failed_expectations(measures, limits or QualityLimits())
        problem = " ".join(failures) or None
        verdict = {
            **step.parameters(),
            "rows_passed": report.rows_passed,
            "rows_quarantined": report.rows_quarantined,
            "problem": problem,
        }
        step.connection.execute(statement("sync/record_verdict"), verdict)
        step.finish(SyncState.STOPPED if problem else SyncState.CHECKED, "checked", asdict(report))
        logger.info(
            "Checked %s rows: %s passed, %s in quarantine.",
            report.rows_read,
            report.rows_passed,
            report.rows_quarantined,
        )
        if problem:
            raise Permanent(f"Sync run {sync_run_id} of tenant {tenant_id} is stopped: {problem}")
    return report


def _require_stage(step: Step) -> None:
    values = {"schema": step.run.schema}
    if step.connection.execute(statement("sync/find_stage"), values).fetchone() is None:
        raise Permanent(f"The stage of sync run {step.run.sync_run_id} is gone; start another run.")


def _measure(step: Step, parts: Mapping[str, Part]) -> list[CollectionMeasure]:
    """Count each collection; refused where a row is neither in the common form nor rejected."""
    last_row = step.connection.execute(statement("sync/read_last_volumes"), step.parameters()).fetchone()
    last: Mapping[str, int] = (last_row[0] if last_row else None) or {}
    staged = cast(Mapping[str, int], step.run.counts["staged"]["by_collection"])
    measures = []
    for collection, part in parts.items():
        query = sql.SQL(statement("sync/measure_collection")).format(
            collection=sql.Identifier(collection),
            shaped=sql.Identifier(part.shaped),
            key=sql.Identifier(part.key),
        )
        row = step.connection.execute(query, {"collection": collection}).fetchone()
        rows, with_key, rejected, passed = row or (0, 0, 0, 0)
        if rows != staged[collection]:
            # Unlogged tables are empty after a crash of the server.
            raise Permanent(
                f"The stage of sync run {step.run.sync_run_id} has lost rows of {collection}; start another run."
            )
        if rows != passed + rejected:
            raise Permanent(
                f"Of {rows} rows of {collection}, {passed} passed and {rejected} were rejected: the rest is missing."
            )
        measures.append(CollectionMeasure(collection, rows, with_key, rejected, passed, last.get(collection)))
    return measures


def _set_aside(step: Step, parts: Mapping[str, Part]) -> None:
    step.connection.execute(statement("sync/forget_quarantine"), step.parameters())
    for collection in parts:
        query = sql.SQL(statement("sync/quarantine_rows")).format(collection=sql.Identifier(collection))
        step.connection.execute(query, {**step.parameters(), "collection": collection})


def _report_of(counts: Mapping[str, object]) -> QualityReport:
    return QualityReport(
        rows_read=cast(int, counts["rows_read"]),
        rows_passed=cast(int, counts["rows_passed"]),
        rows_quarantined=cast(int, counts["rows_quarantined"]),
        by_rule=cast(Mapping[str, int], counts["by_rule"]),
    )
