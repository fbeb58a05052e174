"""The command line of the set-up."""

import argparse
import shlex
import sys
from collections.abc import Sequence

from embedded import postgres
from embedded.credentials import Credentials
from embedded.failure import SetupError
from embedded.installation import Installation
from embedded.places import Places
from embedded.steps import run_steps


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m embedded")
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up")
    up.add_argument("--only")
    verbs.add_parser("stop")
    verbs.add_parser("env")
    chosen = parser.parse_args(arguments)
    try:
        places = Places.from_environment()
        installation = Installation(places, Credentials.load(places.secrets))
        if chosen.verb == "up":
            run_steps(installation.postgres_steps(), places.log)
        elif chosen.verb == "stop":
            postgres.service(places).stop()
        else:
            for name, value in installation.environment().items():
                print(f"export {name}={shlex.quote(value)}")
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
