"""python3 -m embedded <verb>"""

import sys

from embedded.command import main

sys.exit(main(sys.argv[1:]))
