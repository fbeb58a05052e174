"""The files into Superset's database, over whatever was changed in the UI."""

import os
from urllib.parse import urlsplit

import yaml

from as_code.assets import Assets
from as_code.expanding import expand

DATABASE = "databases/warehouse.yaml"


def import_assets(assets: Assets) -> None:
    """Import everything in one transaction; ids of what was there before stay.

    Raises:
        SystemExit: Superset refuses the files, with its reasons.
    """
    from superset.commands.exceptions import CommandInvalidError
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    things = expand(assets)
    things[DATABASE]["sqlalchemy_uri"] = warehouse_uri(os.environ["LEO_REPORTER_URL"])
    contents = {path: yaml.safe_dump(thing, sort_keys=False) for path, thing in things.items()}
    try:
        ImportAssetsCommand(contents).run()
    except CommandInvalidError as error:
        raise SystemExit(f"Superset refuses the dashboards' files: {error.normalized_messages()}") from error


def warehouse_uri(reporter_url: str) -> str:
    """SQLAlchemy's URL of the warehouse, without the password: superset_config.py supplies it at each connection."""
    reporter = urlsplit(reporter_url)
    port = reporter.port or 5432
    return f"postgresql+psycopg2://{reporter.username}@{reporter.hostname}:{port}{reporter.path}"
