"""`docs/guides/adding-a-leaf.md` follows one leaf through every file that knows it."""

import re

from leo_activation.segments.plan import Reachable
from leo_activation.settings import REPOSITORY

PACKAGE = REPOSITORY / "plugins" / "leo_activation"
PAGE = REPOSITORY / "docs" / "guides" / "adding-a-leaf.md"
LEAF = re.compile(rf"\b{Reachable.__name__}\b")


def test_the_files_of_the_page_are_those_that_know_the_leaf() -> None:
    named = set(re.findall(r"^\| `(segments/[\w/]+\.py)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    knowing = {
        file.relative_to(PACKAGE).as_posix()
        for file in (PACKAGE / "segments").rglob("*.py")
        # What a preview counts as reachable is told with the same word; only the leaf is written as a name.
        if any(LEAF.search(line) and '"**' not in line for line in file.read_text(encoding="utf-8").splitlines())
    }
    assert named == knowing


def test_the_generators_of_plans_know_the_leaf() -> None:
    for name in ("strategies.py", "spoken_plans.py"):
        assert LEAF.search((REPOSITORY / "tests" / "segments" / name).read_text(encoding="utf-8")), name
