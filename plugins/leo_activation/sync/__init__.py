"""From a source to PostgreSQL and the graph, in steps that can each be killed and called again.

    open_run → extract → check → merge → project

A step does its work and notes it in `ops.sync_run` in one transaction, so a run is always between two steps; a step
that is done gives its counts again and changes nothing. How much of the source is read is the run's mode
(`docs/concepts/sync.md`).
"""

from leo_activation.sync.check import QualityReport, check
from leo_activation.sync.extract import StagedCounts, extract
from leo_activation.sync.merge import MergedCounts, merge
from leo_activation.sync.project import GraphCounts, project
from leo_activation.sync.proof import CollectionProof, Scope, Tally, read_proof
from leo_activation.sync.quality import QualityLimits
from leo_activation.sync.reach import refresh_exposure, refresh_reachability
from leo_activation.sync.runs import SyncMode, data_as_of, has_data, open_run

__all__ = [
    "CollectionProof",
    "GraphCounts",
    "MergedCounts",
    "QualityLimits",
    "QualityReport",
    "Scope",
    "StagedCounts",
    "SyncMode",
    "Tally",
    "check",
    "data_as_of",
    "extract",
    "has_data",
    "merge",
    "open_run",
    "project",
    "read_proof",
    "refresh_exposure",
    "refresh_reachability",
]
