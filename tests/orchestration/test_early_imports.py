"""What tasks need is there before Airflow forks them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from leo_activation.settings import REPOSITORY

PARSED = """
import json, sys
from pathlib import Path
from airflow.jobs.job import Job

def ours():
    return {name for name in sys.modules if name.startswith("leo_activation.")}

before = ours()
Job()
imported = ours()
for file in sorted(Path("dags").glob("*.py")):
    exec(compile(file.read_text(), file, "exec"), {"__name__": file.stem})
print(json.dumps({"before": len(before), "imported": len(imported), "by_parsing": sorted(ours() - imported)}))
"""


def test_no_dag_file_imports_a_module_of_ours_that_was_not_there_before_the_fork(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PARSED],
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LEO"))},
            "AIRFLOW_HOME": str(tmp_path),
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "PYTHONPATH": str(REPOSITORY / "plugins"),
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["imported"] > told["before"]
    assert told["by_parsing"] == []
