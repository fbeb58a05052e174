"""Bring Superset to the state of these files, in one process: schema, roles, people, dashboards.

    python superset/bootstrap.py

Safe to run again: ids stay, what was changed in the UI is set back, and what is no longer in the files is removed.
Each `superset …` command costs six seconds to start, so everything is done in one.
"""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from query_context import query_context

ASSETS = Path(__file__).parent / "assets"

BUSINESS_ROLE = "Business"
BUSINESS_PERMISSIONS = (
    ("can_read", "Chart"),
    ("can_read", "Dashboard"),
    ("can_read", "Dataset"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_read", "DashboardPermalinkRestApi"),
    ("can_write", "DashboardPermalinkRestApi"),
    ("can_read", "security"),
    ("can_get_drill_info", "Dataset"),
    ("can_drill", "Dashboard"),
    ("can_view_chart_as_table", "Dashboard"),
    ("can_dashboard", "Superset"),
    ("can_explore_json", "Superset"),
    ("can_slice", "Superset"),
    ("can_csv", "Superset"),
    ("can_recent_activity", "Log"),
    ("can_time_range", "Api"),
    ("can_query", "Api"),
    ("can_query_form_data", "Api"),
    ("can_userinfo", "UserDBModelView"),
    ("resetmypassword", "UserDBModelView"),
    ("menu_access", "Dashboards"),
    ("menu_access", "Home"),
)


def main() -> None:
    """Do it all, saying each step; raises what Superset raises."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        _upgrade_schema()
        admin = _people_and_roles()
        with app.test_request_context():
            from flask import g

            g.user = admin
            _import_assets()
            _fill_query_contexts()
            _prune()
            _open_dashboards()


def _upgrade_schema() -> None:
    from flask_migrate import upgrade

    from superset import app as module

    upgrade(directory=str(Path(module.__file__).parent / "migrations"))
    print("Superset's schema is up to date.")


def _people_and_roles() -> Any:
    from superset.extensions import appbuilder, db

    security = appbuilder.sm
    appbuilder.add_permissions(update_perms=True)
    security.sync_role_definitions()
    admin = security.find_user("admin")
    password = os.environ["LEO_SUPERSET_ADMIN_PASSWORD"]
    if admin is None:
        role = security.find_role("Admin")
        admin = security.add_user("admin", "Superset", "Administrator", "admin@example.com", role, password)
    else:
        security.reset_password(admin.id, password)
    business = security.add_role(BUSINESS_ROLE)
    found = (security.find_permission_view_menu(*permission) for permission in BUSINESS_PERMISSIONS)
    business.permissions = [permission for permission in found if permission is not None]
    db.session.commit()
    print("Roles and the administrator are set.")
    return admin


def _contents() -> dict[str, str]:
    """The files as the import reads them, with the warehouse's address in place of the one in the file."""
    contents = {str(file.relative_to(ASSETS)): file.read_text("utf-8") for file in sorted(ASSETS.rglob("*.yaml"))}
    database = yaml.safe_load(contents["databases/warehouse.yaml"])
    reporter = urlsplit(os.environ["LEO_REPORTER_URL"])
    database["sqlalchemy_uri"] = (
        f"postgresql+psycopg2://{reporter.username}@{reporter.hostname}:{reporter.port or 5432}{reporter.path}"
    )
    contents["databases/warehouse.yaml"] = yaml.safe_dump(database)
    return contents


def _import_assets() -> None:
    from superset.commands.exceptions import CommandInvalidError
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    try:
        ImportAssetsCommand(_contents()).run()
    except CommandInvalidError as error:
        raise SystemExit(f"The dashboards' files are not valid: {error.normalized_messages()}") from error
    print("Databases, data sets, charts and dashboards are imported.")


def _fill_query_contexts() -> None:
    from superset.extensions import db
    from superset.models.slice import Slice

    for file in sorted((ASSETS / "charts").glob("*.yaml")):
        chart = yaml.safe_load(file.read_text("utf-8"))
        stored = db.session.query(Slice).filter_by(uuid=chart["uuid"]).one()
        stored.query_context = query_context(chart, stored.datasource_id)
    db.session.commit()


def _prune() -> None:
    """Remove what is managed here and no longer in the files; what people made in the UI has uuids of its own."""
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    for folder, model in (("dashboards", Dashboard), ("charts", Slice), ("datasets", SqlaTable)):
        kept = {yaml.safe_load(file.read_text("utf-8"))["uuid"] for file in (ASSETS / folder).glob("*.yaml")}
        for stored in db.session.query(model):
            if stored.is_managed_externally and str(stored.uuid) not in kept:
                db.session.delete(stored)
    db.session.commit()


def _open_dashboards() -> None:
    """Mark what was imported as managed by these files, and let the business role see the dashboards."""
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import appbuilder, db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    business = appbuilder.sm.find_role(BUSINESS_ROLE)
    for folder, model in (("dashboards", Dashboard), ("charts", Slice), ("datasets", SqlaTable)):
        for file in (ASSETS / folder).glob("*.yaml"):
            stored = db.session.query(model).filter_by(uuid=yaml.safe_load(file.read_text("utf-8"))["uuid"]).one()
            stored.is_managed_externally = True
            if isinstance(stored, Dashboard):
                stored.roles = [business]
                print(f"Dashboard: {stored.dashboard_title}")
    db.session.commit()


if __name__ == "__main__":
    main()
