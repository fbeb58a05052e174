"""Write every dashboard, chart and data set file in its one form; says which files that changed.

    python superset/normalise.py

Needs PyYAML only, no Superset. What the export writes is in this form already.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from as_code.assets import AssetsError
from as_code.files import changed_files, in_one_form
from as_code.reading import ASSETS, read_assets


def main() -> int:
    """Write what is not in its one form; 1 where the files are not valid."""
    try:
        wanted = in_one_form(read_assets())
    except AssetsError as error:
        print(error, file=sys.stderr)
        return 1
    for path in changed_files(ASSETS, wanted):
        (ASSETS / path).write_text(wanted[path], "utf-8")
        print(f"Written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
