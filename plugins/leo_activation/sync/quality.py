"""The data-set level of the quality gate: Great Expectations over what was counted of each collection.

Great Expectations sees one row of counts and shares a collection and no customer's value, so its cost does not grow
with the data and nothing that it stores or prints can leak a value (`docs/decisions/quality-gate.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class QualityLimits:
    """What a data set may look like at worst; shares from 0 to 1.

    largest_bad_share: rows rejected, of the rows read. least_key_share: rows with an id, of the rows read.
    least_volume: rows read, of the rows of the last complete run.
    """

    largest_bad_share: float = 0.10
    least_key_share: float = 0.98
    least_volume: float = 0.50


@dataclass(frozen=True)
class CollectionMeasure:
    """What was counted of one collection in this run; `rows_last_run` is None in a tenant's first."""

    collection: str
    rows: int
    rows_with_key: int
    rows_rejected: int
    rows_passed: int
    rows_last_run: int | None


def failed_expectations(measures: Sequence[CollectionMeasure], limits: QualityLimits) -> list[str]:
    """One sentence for each expectation that a collection does not meet; none means that the data set is good."""
    import great_expectations as gx  # seconds of import: paid where it is used
    import great_expectations.expectations as gxe
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("stage")
    failures = []
    for measure in measures:
        frame = pd.DataFrame([_shares(measure)])
        suite = gx.ExpectationSuite(
            name=measure.collection,
            expectations=[
                gxe.ExpectColumnValuesToBeBetween(column="rows", min_value=1, meta={"says": "has no rows"}),
                gxe.ExpectColumnValuesToBeBetween(
                    column="key_share",
                    min_value=limits.least_key_share,
                    meta={"says": f"has an id on fewer than {limits.least_key_share:.0%} of its rows"},
                ),
                gxe.ExpectColumnValuesToBeBetween(
                    column="bad_share",
                    max_value=limits.largest_bad_share,
                    meta={
                        "says": f"has more than {limits.largest_bad_share:.0%} bad rows "
                        f"({measure.rows_rejected} of {measure.rows})"
                    },
                ),
                gxe.ExpectColumnValuesToBeBetween(
                    column="volume",
                    min_value=limits.least_volume,
                    meta={
                        "says": f"has shrunk to less than {limits.least_volume:.0%} of the last run "
                        f"({measure.rows} rows after {measure.rows_last_run})"
                    },
                ),
            ],
        )
        batch = (
            source.add_dataframe_asset(measure.collection)
            .add_batch_definition_whole_dataframe("all")
            .get_batch({"dataframe": frame})
        )
        outcome = batch.validate(suite, result_format="BOOLEAN_ONLY")
        failures += [
            f"{measure.collection} {result.expectation_config.meta['says']}."
            for result in outcome.results
            if not result.success
        ]
    return failures


def _shares(measure: CollectionMeasure) -> dict[str, float]:
    rows = max(measure.rows, 1)
    return {
        "rows": measure.rows,
        "key_share": measure.rows_with_key / rows if measure.rows else 1.0,
        "bad_share": measure.rows_rejected / rows,
        "volume": measure.rows / measure.rows_last_run if measure.rows_last_run else 1.0,
    }
