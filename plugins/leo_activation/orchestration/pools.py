"""The pools of Airflow that tasks name; the set-up makes them (`embedded/pools.py`) and sizes them by the environment.

A task whose pool is not there is not started: Airflow says so as a warning at its DAG, and in the scheduler's log.
"""

from typing import Final

LANGUAGE_MODELS: Final = "language_models"
"""Who asks a language model."""

SENDING: Final = "sending"
"""Who sends messages, or publishes posts."""

WAREHOUSE: Final = "warehouse"
"""Who reads or writes a whole tenant."""
