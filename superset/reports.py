"""Reports by e-mail and alerts, as the files below assets/reports ask for them.

Who gets them stands in LEO_SUPERSET_REPORT_RECIPIENTS, by tenant ("*": all of them):

    {"*": ["head@example.com"], "retail": ["linh@example.com", "petr@example.com"]}

Each file becomes one report for each of these tenants. It is made as seen by a user of that tenant who cannot log in,
so that its picture, its figures and the alert's query hold the rows of that tenant alone. Where nobody is named, the
reports for all tenants are there and do not run. Reports that people made in Superset are left alone.

    python superset/reports.py

does this alone, where the dashboards are imported already.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from report_settings import REDIS_VARIABLE

from as_code.reading import ASSETS
from people import EVERY_TENANT, TENANT_COLUMN, set_person
from tenants import TENANT_ID

FOLDER = ASSETS / "reports"
RECIPIENTS_VARIABLE = "LEO_SUPERSET_REPORT_RECIPIENTS"
FILE = "origin"
"""Where a report keeps which file it comes from, among its further settings."""
WORKING_LIMIT_S = 600
KEPT_DAYS = 90


def set_reports() -> None:
    """Make, change and remove them; does nothing where reports are not switched on.

    Raises:
        SystemExit: the recipients are not readable, or a file names a chart or dashboard that is not there.
    """
    if not os.environ.get(REDIS_VARIABLE):
        return
    from superset.extensions import db
    from superset.reports.models import ReportSchedule

    recipients = named_recipients(os.environ)
    wanted = set()
    for file in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(file.read_text("utf-8"))
        for tenant in recipients or [EVERY_TENANT]:
            schedule = _schedule(content, tenant)
            _fill(schedule, content, tenant, recipients.get(tenant, []))
            schedule.extra = {**schedule.extra, FILE: f"superset/assets/reports/{file.name}"}
            wanted.add((schedule.type, schedule.name))
    for schedule in db.session.query(ReportSchedule):
        if schedule.extra.get(FILE) and (schedule.type, schedule.name) not in wanted:
            db.session.delete(schedule)
    db.session.commit()
    print(f"Reports and alerts: {len(wanted)}, to {sum(map(len, recipients.values())) or 'no'} recipients.")


def named_recipients(environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The recipients by tenant.

    Raises:
        SystemExit: the variable is no JSON of that form.
    """
    text = environment.get(RECIPIENTS_VARIABLE) or "{}"
    wanted = f'{RECIPIENTS_VARIABLE} must look like {{"*": ["head@example.com"], "retail": ["linh@example.com"]}}'
    try:
        found = json.loads(text)
    except ValueError as error:
        raise SystemExit(f"{wanted}; it is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise SystemExit(f"{wanted}.")
    for tenant, addresses in found.items():
        if tenant != EVERY_TENANT and not TENANT_ID.fullmatch(tenant):
            raise SystemExit(f"{wanted}; {tenant!r} is no tenant's id.")
        if not isinstance(addresses, list) or not all("@" in str(address) for address in addresses):
            raise SystemExit(f"{wanted}; those of {tenant} are no list of addresses.")
    return {tenant: addresses for tenant, addresses in found.items() if addresses}


def maker_of(tenant: str) -> str:
    """The user as whom the reports of a tenant are made."""
    return "report_all" if tenant == EVERY_TENANT else f"report_{tenant}"


def _schedule(content: Mapping[str, Any], tenant: str) -> Any:
    from superset.extensions import db
    from superset.reports.models import ReportSchedule

    named = {"type": content["type"], "name": _name(content, tenant)}
    schedule = db.session.query(ReportSchedule).filter_by(**named).one_or_none()
    if schedule is None:
        schedule = ReportSchedule(**named)
        db.session.add(schedule)
    return schedule


def _name(content: Mapping[str, Any], tenant: str) -> str:
    return str(content["name"]) if tenant == EVERY_TENANT else f"{content['name']} ({tenant})"


def _fill(schedule: Any, content: Mapping[str, Any], tenant: str, addresses: list[str]) -> None:
    from superset.extensions import appbuilder, db

    schedule.description = content["description"]
    schedule.email_subject = schedule.name
    schedule.crontab, schedule.timezone = content["crontab"], os.environ.get("LEO_SUPERSET_REPORT_TIME_ZONE") or "UTC"
    schedule.report_format = content["format"]
    schedule.active = bool(addresses)
    schedule.working_timeout, schedule.log_retention = WORKING_LIMIT_S, KEPT_DAYS
    schedule.force_screenshot = True
    schedule.custom_height = content.get("height")
    schedule.owners = [appbuilder.sm.find_user("admin")]
    maker = set_person(maker_of(tenant), [tenant])
    db.session.flush()
    schedule.created_by_fk = maker.id
    _set_subject(schedule, content)
    if content["type"] == "Alert":
        _set_condition(schedule, content, tenant)
    _set_recipients(schedule, addresses)


def _set_subject(schedule: Any, content: Mapping[str, Any]) -> None:
    """The dashboard or the chart that the mail shows."""
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    schedule.dashboard = schedule.chart = None
    if "dashboard" in content:
        schedule.dashboard = _imported(Dashboard, "dashboards", content["dashboard"])
    else:
        schedule.chart = _imported(Slice, "charts", content["chart"])


def _set_condition(schedule: Any, content: Mapping[str, Any], tenant: str) -> None:
    """The query of an alert, which goes to the database by itself, past the row filters of data sets."""
    from superset.models.core import Database

    scope = "true" if tenant == EVERY_TENANT else f"{TENANT_COLUMN} = '{tenant}'"
    schedule.sql = content["sql"].replace("{tenant}", scope)
    schedule.database = _imported(Database, "databases", "warehouse")
    schedule.validator_type = "operator"
    schedule.validator_config_json = json.dumps({"op": ">", "threshold": content["above"]})
    schedule.grace_period = content["silent_for"] * 3600


def _set_recipients(schedule: Any, addresses: list[str]) -> None:
    from superset.reports.models import ReportRecipients, ReportRecipientType

    target = json.dumps({"target": ", ".join(addresses)})
    if [one.recipient_config_json for one in schedule.recipients] != [target]:
        schedule.recipients = [ReportRecipients(type=ReportRecipientType.EMAIL, recipient_config_json=target)]


def _imported(model: Any, folder: str, stem: str) -> Any:
    """What Superset made of a file. Raises SystemExit where there is no such file, or it was not imported."""
    from superset.extensions import db

    files = list((ASSETS / folder).rglob(f"{stem}.yaml"))
    if len(files) != 1:
        raise SystemExit(f"A report needs {folder}/{stem}, which no file describes.")
    uuid = yaml.safe_load(files[0].read_text("utf-8"))["uuid"]
    found = db.session.query(model).filter_by(uuid=uuid).one_or_none()
    if found is None:
        raise SystemExit(f"A report needs {folder}/{stem}, which is not in Superset; import the files first.")
    return found


def main() -> None:
    """Only reports and alerts."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        set_reports()


if __name__ == "__main__":
    main()
