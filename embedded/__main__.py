"""python3 -m embedded <verb>: says so in one sentence where this Python is too old to read the rest."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or later is needed; %s is %d.%d." % (sys.executable, *sys.version_info[:2]))

from embedded.command import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
