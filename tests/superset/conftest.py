"""A copy of the dashboards' files that a test may change."""

import shutil
from pathlib import Path

import pytest

from as_code.assets import Assets
from as_code.reading import ASSETS, read_assets


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as they were when the tests began."""
    copied = tmp_path_factory.mktemp("superset") / "assets"
    shutil.copytree(ASSETS, copied)
    return copied


@pytest.fixture(scope="session")
def assets(original: Path) -> Assets:
    """The files, read."""
    return read_assets(original)


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of the files to change."""
    copied = tmp_path / "assets"
    shutil.copytree(original, copied)
    return copied


@pytest.fixture
def small(folder: Path, assets: Assets) -> Path:
    """The files of one dashboard with all that it stands on, to change."""
    kept = assets.dashboards["operations"]
    datasets = {assets.charts[stem].dataset for stem in kept.chart_stems()} | set(assets.defaults.filters)
    for file in (folder / "dashboards").glob("*.yaml"):
        if file.stem != kept.stem:
            file.unlink()
            shutil.rmtree(folder / "charts" / file.stem)
    for file in (folder / "datasets").glob("*.yaml"):
        if file.stem not in datasets:
            file.unlink()
    return folder
