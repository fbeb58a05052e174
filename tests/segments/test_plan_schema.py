"""The JSON Schema that the docs publish."""

import json
import subprocess
import sys

from leo_activation.segments.plan import SegmentPlan
from leo_activation.settings import REPOSITORY

PUBLISHED = REPOSITORY / "docs" / "reference" / "plan-schema.json"


def test_the_published_schema_is_the_one_that_plans_are_checked_by() -> None:
    """Else: `PYTHONPATH=plugins python -m leo_activation.segments.plan > docs/reference/plan-schema.json`."""
    assert json.loads(PUBLISHED.read_text()) == SegmentPlan.model_json_schema()


def test_the_module_prints_what_is_published() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "leo_activation.segments.plan"],
        cwd=REPOSITORY / "plugins",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert printed.stdout == PUBLISHED.read_text()
