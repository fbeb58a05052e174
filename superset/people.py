"""Who sees what in Superset: what a business person may do, and of which tenants they see the rows.

    python superset/people.py

Safe to run again, and to be run again when there is a new tenant or data set. What somebody may do is one role
(Business); whose rows they see is another: one role a tenant, and one for all tenants. Row filters on every data set
hold the second. Whoever has none of these roles sees no rows. Roles that were given to people stay theirs; those of
people who log in by OpenID Connect follow their groups (openid_login.py).
"""

import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from as_code.pruning import comes_from_files
from tenants import TENANT_ID, warehouse_tenants

ADMIN_ROLE = "Admin"
BUSINESS_ROLE = "Business"
EVERY_TENANT = "*"
ALL_TENANTS_ROLE = "All tenants"
TENANT_PREFIX = "Tenant: "
TENANT_COLUMN = "tenant_id"
GROUP = "tenant"
"""Filters of one group add up: two tenant roles show the rows of both."""
NO_ROLE_FILTER = "Without a tenant role"
NO_COLUMN_FILTER = "Data sets without tenant_id"
PEOPLE_VARIABLE = "LEO_SUPERSET_PEOPLE"
GROUPS_VARIABLE = "LEO_SUPERSET_OIDC_ROLES"

BUSINESS_PERMISSIONS = (
    # Dashboards and what their page asks for
    ("menu_access", "Home"),
    ("menu_access", "Dashboards"),
    ("can_dashboard", "Superset"),
    ("can_read", "Dashboard"),
    ("can_read", "Chart"),
    ("can_read", "Dataset"),
    ("can_read", "Theme"),
    ("can_read", "SecurityRestApi"),
    ("can_recent_activity", "Log"),
    ("can_log", "Superset"),  # which pages were opened: Superset's own log
    ("can_time_range", "Api"),
    # The filters that somebody chose, and a link to a dashboard with them
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_read", "DashboardPermalinkRestApi"),
    ("can_write", "DashboardPermalinkRestApi"),
    # "View as table", "Drill by", "Drill to detail", a chart's figures as CSV
    ("can_view_chart_as_table", "Dashboard"),
    ("can_drill", "Dashboard"),
    ("can_get_drill_info", "Dataset"),
    ("can_write", "ExploreFormDataRestApi"),  # keeps what is drilled by for a while; no chart is written
    ("can_samples", "Datasource"),
    ("can_csv", "Superset"),
    # Oneself
    ("can_read", "CurrentUserRestApi"),
)
BY_PASSWORD_PERMISSIONS = (("can_userinfo", "UserDBModelView"), ("resetmypassword", "UserDBModelView"))
BY_OPENID_PERMISSIONS = (("can_userinfo", "UserOAuthModelView"),)


def set_administrator() -> Any:
    """Bring the stock roles up to date and the administrator's password to that of the environment; the user."""
    from superset.extensions import appbuilder, db

    security = appbuilder.sm
    appbuilder.add_permissions(update_perms=True)
    security.sync_role_definitions()
    admin = _ensure_user("admin", "Superset", "Administrator", os.environ["LEO_SUPERSET_ADMIN_PASSWORD"])
    admin.roles = _with(admin.roles, security.find_role(ADMIN_ROLE))
    db.session.commit()
    return admin


def let_in() -> None:
    """Bring roles, row filters and the people of the environment to what the warehouse and its data sets ask for.

    Raises:
        SystemExit: a data set of the files has no tenant_id, or LEO_SUPERSET_PEOPLE or LEO_SUPERSET_OIDC_ROLES is not
            readable.
    """
    from superset.extensions import db

    people = named_people(os.environ)
    groups = named_groups(os.environ)
    named = {tenant for tenants in people.values() for tenant in tenants if tenant != EVERY_TENANT}
    named |= {
        role.removeprefix(TENANT_PREFIX)
        for roles in groups.values()
        for role in roles
        if role.startswith(TENANT_PREFIX)
    }
    # A role may be there before its tenant is: until then it shows nothing.
    tenants = sorted({*warehouse_tenants(os.environ["LEO_REPORTER_URL"]), *named})
    _set_tenant_roles(tenants)
    _set_row_filters(tenants)
    _open_dashboards()  # only now: nobody reads a new data set before its rows are parted
    for name, of_tenants in people.items():
        set_person(name, of_tenants, os.environ[password_variable(name)])
    db.session.commit()
    print(f"Row filters are set for {len(tenants)} tenants; people of the environment: {', '.join(people) or 'none'}.")


def named_people(environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The people whom the environment names, each with their tenants ("*": all).

    Raises:
        SystemExit: LEO_SUPERSET_PEOPLE is no JSON of that form, or a password is missing.
    """
    text = environment.get(PEOPLE_VARIABLE) or "{}"
    wanted = f'{PEOPLE_VARIABLE} must look like {{"anna": ["*"], "linh": ["retail"]}}'
    try:
        people = json.loads(text)
    except ValueError as error:
        raise SystemExit(f"{wanted}; it is no JSON: {error}.") from error
    if not isinstance(people, dict) or not all(isinstance(tenants, list) for tenants in people.values()):
        raise SystemExit(f"{wanted}.")
    for name, tenants in people.items():
        if name == "admin" or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise SystemExit(f"{PEOPLE_VARIABLE}: {name!r} cannot be a name; it has small letters, digits and _.")
        if wrong := [tenant for tenant in tenants if tenant != EVERY_TENANT and not TENANT_ID.fullmatch(str(tenant))]:
            raise SystemExit(f"{PEOPLE_VARIABLE}: {wrong[0]!r} of {name} is no tenant's id.")
        if not environment.get(password_variable(name)):
            raise SystemExit(f"{PEOPLE_VARIABLE} names {name}, but {password_variable(name)} is not set.")
    return people


def named_groups(environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The groups of the identity provider that the environment names, each with the names of its people's roles.

    Raises:
        SystemExit: LEO_SUPERSET_OIDC_ROLES is no JSON of that form.
    """
    text = environment.get(GROUPS_VARIABLE) or "{}"
    wanted = f'{GROUPS_VARIABLE} must look like {{"bi-admins": "Admin", "marketing": ["*"], "shop-team": ["retail"]}}'
    try:
        groups = json.loads(text)
    except ValueError as error:
        raise SystemExit(f"{wanted}; it is no JSON: {error}.") from error
    if not isinstance(groups, dict):
        raise SystemExit(f"{wanted}.")
    return {group: _group_roles(group, given, wanted) for group, given in groups.items()}


def _group_roles(group: str, given: object, wanted: str) -> list[str]:
    if given == ADMIN_ROLE:
        return [ADMIN_ROLE]
    if not isinstance(given, list):
        raise SystemExit(f"{wanted}.")
    for tenant in given:
        if tenant != EVERY_TENANT and not TENANT_ID.fullmatch(str(tenant)):
            raise SystemExit(f"{GROUPS_VARIABLE}: {tenant!r} of {group} is no tenant's id.")
    return [BUSINESS_ROLE, *map(tenant_role, given)]


def password_variable(name: str) -> str:
    """The environment variable of a person's password."""
    return f"LEO_SUPERSET_{name.upper()}_PASSWORD"


def tenant_role(tenant: str) -> str:
    """The name of the role of a tenant, or of all of them for "*"."""
    return ALL_TENANTS_ROLE if tenant == EVERY_TENANT else TENANT_PREFIX + tenant


def is_tenant_role(name: str) -> bool:
    """True for the roles that say whose rows somebody sees."""
    return name == ALL_TENANTS_ROLE or name.startswith(TENANT_PREFIX)


def set_person(name: str, tenants: Iterable[str], password: str | None = None) -> Any:
    """Have a business person with exactly these tenants; roles of other kinds stay. Without a password none logs in."""
    from superset.extensions import appbuilder

    security = appbuilder.sm
    user = _ensure_user(name, name.replace("_", " ").capitalize(), "(business)", password)
    others = [role for role in user.roles if not is_tenant_role(role.name)]
    mine = [security.find_role(tenant_role(tenant)) for tenant in tenants]
    user.roles = [*_with(others, security.find_role(BUSINESS_ROLE)), *mine]
    return user


def _ensure_user(name: str, first: str, last: str, password: str | None) -> Any:
    from superset.extensions import appbuilder

    security = appbuilder.sm
    user = security.find_user(name)
    if user is None:
        first_password = password or secrets.token_urlsafe(32)
        user = security.add_user(name, first, last, f"{name}@example.com", [], first_password)
        if not user:
            raise SystemExit(f"Superset could not make the user {name}.")
    elif password is not None:
        security.reset_password(user.id, password)
    return user


def _with(roles: Sequence[Any], role: Any) -> list[Any]:
    return [*roles] if role in roles else [*roles, role]


def _open_dashboards() -> None:
    """Give Business its permissions, the data sets of the files, and the dashboards of the files.

    A dashboard's roles alone open its charts, but neither "Drill to detail" nor a chart's CSV.
    """
    from flask_appbuilder.const import AUTH_DB
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import appbuilder, db
    from superset.models.dashboard import Dashboard

    security = appbuilder.sm
    business = security.add_role(BUSINESS_ROLE)
    wanted = [
        *BUSINESS_PERMISSIONS,
        *(BY_PASSWORD_PERMISSIONS if security.auth_type == AUTH_DB else BY_OPENID_PERMISSIONS),
        *(("datasource_access", dataset.perm) for dataset in _ours(SqlaTable)),
    ]
    found = [security.find_permission_view_menu(*permission) for permission in wanted]
    if missing := [permission for permission, one in zip(wanted, found, strict=True) if one is None]:
        raise SystemExit(f"This Superset has no permission {missing[0][0]!r} on {missing[0][1]!r}.")
    business.permissions = found
    for dashboard in _ours(Dashboard):
        dashboard.roles = [business]
    db.session.commit()


def _ours(model: Any) -> list[Any]:
    from superset.extensions import db

    return [stored for stored in db.session.query(model) if comes_from_files(stored)]


def _set_tenant_roles(tenants: Sequence[str]) -> None:
    """One role a tenant, and none of a tenant that is gone: with the role goes what it showed."""
    from superset.extensions import appbuilder, db

    security = appbuilder.sm
    wanted = [ALL_TENANTS_ROLE, *map(tenant_role, tenants)]
    for name in wanted:
        security.add_role(name)
    for role in security.get_all_roles():
        if is_tenant_role(role.name) and role.name not in wanted:
            role.user = []
            role.row_level_security_filters = []
            db.session.delete(role)
            print(f"Role {role.name} is removed: there is no such tenant.")
    db.session.commit()


def _set_row_filters(tenants: Sequence[str]) -> None:
    from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable
    from superset.extensions import appbuilder, db
    from superset.utils.core import RowLevelSecurityFilterType

    security = appbuilder.sm
    datasets = db.session.query(SqlaTable).all()
    parted = [dataset for dataset in datasets if TENANT_COLUMN in {column.column_name for column in dataset.columns}]
    whole = [dataset for dataset in datasets if dataset not in parted]
    # Of what the files bring every row is somebody's; what an administrator made otherwise only they and those who may
    # see all tenants read.
    if wrong := sorted(dataset.table_name for dataset in whole if comes_from_files(dataset)):
        raise SystemExit(f"Data sets without {TENANT_COLUMN}, whose rows nobody could part: {', '.join(wrong)}.")

    everybody = [security.find_role(ADMIN_ROLE), security.find_role(ALL_TENANTS_ROLE)]
    by_tenant = {tenant: security.find_role(tenant_role(tenant)) for tenant in tenants}
    regular, base = RowLevelSecurityFilterType.REGULAR.value, RowLevelSecurityFilterType.BASE.value
    wanted = {
        # A base filter holds for all but its roles.
        NO_ROLE_FILTER: (base, "1 = 0", [*everybody, *by_tenant.values()], parted),
        NO_COLUMN_FILTER: (base, "1 = 0", everybody, whole),
        # In the same group as the tenants', so that a tenant's role beside it takes nothing away.
        ALL_TENANTS_ROLE: (regular, "1 = 1", everybody, parted),
        **{
            tenant_role(tenant): (regular, f"{TENANT_COLUMN} = '{tenant}'", [role], parted)
            for tenant, role in by_tenant.items()
        },
    }
    stored = {one.name: one for one in db.session.query(RowLevelSecurityFilter)}
    for name, one in stored.items():
        if is_tenant_role(name) and name not in wanted:
            db.session.delete(one)
    for name, (kind, clause, roles, of_datasets) in wanted.items():
        one = stored.get(name) or RowLevelSecurityFilter(name=name)
        one.filter_type, one.clause, one.group_key = kind, clause, GROUP if kind == regular else None
        one.roles, one.tables = roles, of_datasets
        db.session.add(one)
    db.session.commit()


def main() -> None:
    """Only people, roles and row filters; the dashboards stay as they are."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        let_in()


if __name__ == "__main__":
    main()
