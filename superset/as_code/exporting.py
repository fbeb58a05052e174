"""Superset's dashboards back into the files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from as_code.assets import Assets, AssetsError
from as_code.files import in_one_form
from as_code.taking_back import take_back


def stored_bundle(assets: Assets) -> dict[str, Any]:
    """Superset's own export of the dashboards of the files with all that they stand on, parsed, by path.

    Raises:
        AssetsError: a dashboard of the files is not in Superset.
    """
    from superset.commands.dashboard.export import ExportDashboardsCommand
    from superset.extensions import db
    from superset.models.dashboard import Dashboard

    ids = {str(stored.uuid): stored.id for stored in db.session.query(Dashboard)}
    missing = [dashboard for dashboard in assets.dashboards.values() if dashboard.uuid not in ids]
    if missing:
        raise AssetsError(
            [f"{dashboard.path}: it is not in Superset; import it or remove the file." for dashboard in missing]
        )
    wanted = [ids[dashboard.uuid] for dashboard in assets.dashboards.values()]
    return {name: yaml.safe_load(content()) for name, content in ExportDashboardsCommand(wanted).run()}


def write_back(bundle: Mapping[str, Any], assets: Assets, folder: Path) -> list[str]:
    """Write what differs from the files, remove the charts that no dashboard shows any more; one line for each.

    A file that says the same in another form, with comments perhaps, stays as it is.
    """
    before, after = in_one_form(assets), in_one_form(take_back(bundle, assets))
    said = []
    for path, text in after.items():
        if before.get(path) != text:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
            said.append(f"{'Changed' if path in before else 'New'}: {path}")
    for path in before:
        if path not in after:
            (folder / path).unlink()
            said.append(f"Removed: {path}")
    return said
