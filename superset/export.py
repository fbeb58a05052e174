"""Take what people changed on the dashboards in Superset back into the files.

    python superset/export.py

Prints one line for each file that changed. Exit code 1, and no file changed, where Superset holds something that the
files cannot say.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from as_code.assets import AssetsError
from as_code.exporting import stored_bundle, write_back
from as_code.reading import ASSETS, read_assets


def main() -> int:
    """Export in one process, without a server, as the administrator."""
    from superset.app import create_app

    app = create_app()
    with app.app_context(), app.test_request_context():
        from flask import g
        from superset.extensions import appbuilder

        g.user = appbuilder.sm.find_user("admin")
        try:
            assets = read_assets()
            said = write_back(stored_bundle(assets), assets, ASSETS)
        except AssetsError as error:
            print(error, file=sys.stderr)
            return 1
    print("\n".join(said) if said else "Nothing differs from the files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
