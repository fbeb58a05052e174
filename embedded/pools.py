"""Airflow's pools: how many tasks may use at once what is scarce, by the environment, and the same on every set-up.

`orchestration/pools.py` names them, and the DAGs' tests hold the two together.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from embedded.failure import SetupError
from embedded.places import Places

MOST_SLOTS = 1000


@dataclass(frozen=True)
class Pool:
    """One pool: the variable that sets its size, its size without one, and what it is for."""

    variable: str
    slots: int
    description: str


POOLS = {
    "language_models": Pool(
        "LEO_POOL_LANGUAGE_MODELS", 4, "Tasks that ask a language model; a provider counts requests at once."
    ),
    "sending": Pool("LEO_POOL_SENDING", 8, "Tasks that send messages or publish posts."),
    "warehouse": Pool(
        "LEO_POOL_WAREHOUSE", 4, "Tasks that read or write a whole tenant: syncs, interests, vectors, refreshes."
    ),
}


def sizes(environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """The slots of each pool. Raises SetupError where a variable is no number from 1 to 1000."""
    found = {}
    for name, pool in POOLS.items():
        value = environment.get(pool.variable) or str(pool.slots)
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_SLOTS):
            raise SetupError(f"{pool.variable} is {value!r}; it must be from 1 to {MOST_SLOTS}.")
        found[name] = int(value)
    return found


def definition(environment: Mapping[str, str] = os.environ) -> str:
    """What `airflow pools import` reads; raises as `sizes`.

    A task that waits for something beside itself (an answer, another run) does no work, so it takes no slot.
    """
    slots = sizes(environment)
    return json.dumps(
        {
            name: {"slots": slots[name], "description": pool.description, "include_deferred": False}
            for name, pool in POOLS.items()
        },
        indent=2,
    )


def write_definition(places: Places) -> str:
    """Write the file that `airflow pools import` is given, and return its path; raises as `sizes`."""
    places.airflow.mkdir(parents=True, exist_ok=True)
    path = places.airflow / "pools.json"
    path.write_text(definition() + "\n")
    return str(path)
