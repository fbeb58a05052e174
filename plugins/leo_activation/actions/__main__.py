"""`python -m leo_activation.actions` prints the page of the actions: `docs/reference/actions.md`."""

import sys

from leo_activation.actions.reference import page

sys.stdout.write(page())
