"""Great Expectations' data docs: what each check of a tenant expected and found, as pages that a browser shows.

They lie below one folder, a site for each tenant, and are served by Airflow to whoever is logged in
(`orchestration/data_docs.py`). The results hold counts and no values, so neither do the pages; and the pages ask
nothing of other servers (`data_docs_pages.py`).
"""

import logging
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

RUNS_KEPT = 30
"""Of each tenant; what was counted in earlier ones stands in `ops.sync_run`."""

SITE = "site"


def write_data_docs(
    folder: Path,
    tenant_id: str,
    sync_run_id: int,
    started_at: datetime,
    results: Mapping[str, Any],
    *,
    keep: int = RUNS_KEPT,
) -> None:
    """Keep the validation results of a run by collection, and write their pages and the tenant's index.

    The verdict on the data is in the warehouse already, so a page that cannot be written fails no run: it is logged.

    Args:
        keep: the runs of the tenant that have pages afterwards, this one among them.
    """
    from great_expectations.exceptions import GreatExpectationsError  # seconds of import: paid where it is used

    home = folder / tenant_id
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_earlier_runs(home / "results", keep - 1)
        _build(home, f"run-{sync_run_id}", started_at, results)
    except (OSError, GreatExpectationsError) as error:
        logger.warning(
            "The data docs of sync run %s could not be written (%s); its verdict is in ops.sync_run all the same.",
            sync_run_id,
            type(error).__name__,
        )


def _build(home: Path, run_name: str, started_at: datetime, results: Mapping[str, Any]) -> None:
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.base import DataContextConfig
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    in_memory = {"class_name": "InMemoryStoreBackend"}
    config = DataContextConfig(
        config_version=4.0,
        analytics_enabled=False,
        expectations_store_name="suites",
        validation_results_store_name="results",
        checkpoint_store_name="checkpoints",
        stores={
            "suites": {"class_name": "ExpectationsStore", "store_backend": in_memory},
            "checkpoints": {"class_name": "CheckpointStore", "store_backend": in_memory},
            "validation_definition_store": {"class_name": "ValidationDefinitionStore", "store_backend": in_memory},
            "results": {"class_name": "ValidationResultsStore", "store_backend": _files(home / "results")},
        },
        data_docs_sites={
            SITE: {
                "module_name": "leo_activation.sync.data_docs_pages",
                "class_name": "Site",
                "show_how_to_buttons": False,
                "store_backend": _files(home / SITE),
                "site_section_builders": {
                    # The suites are files of this program; what a run was held against stands on its own page.
                    "expectations": "None",
                    "profiling": "None",
                    "validations": {"view": _view("ResultPage")},
                },
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": _view("IndexPage")},
            }
        },
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    keys = []
    for collection, result in results.items():
        key = ValidationResultIdentifier(
            expectation_suite_identifier=ExpectationSuiteIdentifier(collection),
            run_id=RunIdentifier(run_name=run_name, run_time=started_at),
            batch_identifier=collection,
        )
        result.meta["run_id"] = key.run_id
        context.stores["results"].set(key, result)
        keys.append(key)
    context.build_data_docs(resource_identifiers=keys)


def _files(folder: Path) -> dict[str, str]:
    return {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}


def _view(name: str) -> dict[str, str]:
    return {"module_name": "leo_activation.sync.data_docs_pages", "class_name": name}


def _forget_earlier_runs(results: Path, keep: int) -> None:
    """Leave the last results; the pages of results that are gone go when the index is written."""
    runs = sorted({path.name for path in results.glob("*/run-*")}, key=lambda name: int(name.removeprefix("run-")))
    for name in runs[: max(len(runs) - keep, 0)]:
        for path in results.glob(f"*/{name}"):
            shutil.rmtree(path)
