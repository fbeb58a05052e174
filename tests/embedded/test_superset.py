"""What the import of dashboards depends on."""

from pathlib import Path

import pytest

from embedded import superset
from embedded.credentials import Credentials
from embedded.places import Places


def test_the_import_waits_no_longer_than_its_limit_for_the_tenants_and_is_done_again_once_they_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(superset, "TENANTS_LIMIT_S", 0.2)
    places = Places.from_environment({"LEO_HOME": str(tmp_path / "home"), "LEO_TOOLS": str(tmp_path / "tools")})
    credentials = Credentials.load(places.secrets)
    python = places.superset_venv / "bin" / "python"
    python.parent.mkdir(parents=True)

    def inputs_where_tenants_are_told_by(script: str) -> str:
        python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        python.chmod(0o755)
        return superset.bootstrap_inputs(places, credentials)

    silent = inputs_where_tenants_are_told_by("exec sleep 30")
    monkeypatch.setattr(superset, "TENANTS_LIMIT_S", 30)
    known = inputs_where_tenants_are_told_by("echo retail")
    assert silent != known
    assert known == inputs_where_tenants_are_told_by("echo retail")
    assert known != inputs_where_tenants_are_told_by("echo retail; echo discovery")
