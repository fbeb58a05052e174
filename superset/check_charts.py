"""Run the query of every chart and print one JSON line each: a misspelt metric imports happily, only running finds it.

    python superset/check_charts.py

Exit code 1 if a chart raised an error, returned no rows, or returned a first row of nothing but nulls.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from as_code.pruning import comes_from_files


def main() -> int:
    """Check all charts as the administrator, without a server."""
    logging.disable(logging.WARNING)
    from superset.app import create_app

    app = create_app()
    wrong = 0
    with app.app_context(), app.test_request_context():
        from flask import g
        from superset.extensions import appbuilder, db
        from superset.models.slice import Slice

        g.user = appbuilder.sm.find_user("admin")
        for chart in db.session.query(Slice).order_by(Slice.slice_name):
            if not comes_from_files(chart):
                continue
            rows, problem = _run(chart)
            wrong += problem is not None
            print(json.dumps({"chart": chart.slice_name, "rows": rows, "problem": problem}))
    return 1 if wrong else 0


def _run(chart: Any) -> tuple[int, str | None]:
    from superset.charts.schemas import ChartDataQueryContextSchema
    from superset.commands.chart.data.get_data_command import ChartDataCommand

    try:
        context = ChartDataQueryContextSchema().load({**json.loads(chart.query_context), "force": True})
        command = ChartDataCommand(context)
        command.validate()
        data = command.run()["queries"][0]["data"]
    except Exception as error:  # noqa: BLE001  (whatever Superset raises is the chart's problem, and is reported)
        return 0, f"{type(error).__name__}: {error}"
    if not data:
        return 0, "no rows"
    if all(value is None for value in data[0].values()):
        return len(data), "a first row of nulls"
    return len(data), None


if __name__ == "__main__":
    sys.exit(main())
