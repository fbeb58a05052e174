"""What came from files that are no longer there is removed; what people made in Superset stays."""

from typing import Any

from as_code.assets import Assets
from as_code.expanding import ORIGIN


def prune(assets: Assets) -> list[str]:
    """Remove it, charts before the data sets that they stand on; the names of what was removed."""
    from superset.connectors.sqla.models import SqlaTable
    from superset.extensions import db
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice

    kept = {thing.uuid for thing in assets.managed()}
    gone = [
        stored
        for model in (Dashboard, Slice, SqlaTable)
        for stored in db.session.query(model)
        if comes_from_files(stored) and str(stored.uuid) not in kept
    ]
    in_use = {chart.datasource_id for chart in db.session.query(Slice) if chart not in gone}
    removed = []
    for stored in gone:
        if isinstance(stored, SqlaTable) and stored.id in in_use:
            continue  # somebody's own chart stands on it
        removed.append(str(stored))
        db.session.delete(stored)
    db.session.commit()
    return removed


def comes_from_files(stored: Any) -> bool:
    """Whether the import brought this into Superset; earlier releases marked it as managed elsewhere."""
    return stored.is_managed_externally or (stored.external_url or "").startswith(ORIGIN)
