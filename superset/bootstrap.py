"""Bring Superset to the state of these files, in one process: schema, roles, people, dashboards.

    python superset/bootstrap.py

Safe to run again: ids stay, what was changed in the UI is set back, and what is no longer in the files is removed.
Each `superset …` command costs six seconds to start, so everything is done in one.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from reports import set_reports

from as_code.assets import AssetsError
from as_code.importing import import_assets
from as_code.pruning import prune
from as_code.reading import read_assets
from people import let_in, set_administrator


def main() -> None:
    """Do it all, saying each step; raises what Superset raises."""
    try:
        assets = read_assets()
    except AssetsError as error:
        raise SystemExit(str(error)) from error

    from superset.app import create_app

    app = create_app()
    with app.app_context():
        _upgrade_schema()
        print("Superset's schema is up to date.")
        admin = set_administrator()
        print("The administrator is set.")
        with app.test_request_context():
            from flask import g

            g.user = admin
            import_assets(assets)
            print(f"{len(assets.datasets)} data sets and {len(assets.charts)} charts are imported.")
            for name in prune(assets):
                print(f"Removed, as it is in no file: {name}")
            for dashboard in assets.dashboards.values():
                print(f"Dashboard: {dashboard.title}")
            let_in()
            set_reports()


def _upgrade_schema() -> None:
    from flask_migrate import upgrade

    from superset import app as module

    upgrade(directory=str(Path(module.__file__).parent / "migrations"))


if __name__ == "__main__":
    main()
