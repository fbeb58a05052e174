"""python3 -m embedded <verb>: says so in one sentence where this Python is too old to read the rest."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said here in one sentence, before anything newer is read
    sys.exit(f"Python 3.11 or later is needed; {sys.executable} is {sys.version.split()[0]}.")

from embedded.command import main

sys.exit(main(sys.argv[1:]))
