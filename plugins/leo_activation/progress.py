"""How far a piece of long work is, said in the log of its task: so much done of so much to do."""

import logging
import time

TELL_EVERY_S = 5.0


class Progress:
    """Tells how many of a number are done: at most every few seconds, and when all of them are.

    Args:
        logger: of the module that does the work.
        work: what is done and for whom, as in "Staging cdp_profile of retail".
        total: how many there are to do; None where nobody knows before the end.
        unit: what is counted, in the plural.
    """

    def __init__(self, logger: logging.Logger, work: str, total: int | None, unit: str) -> None:
        """Begin to count the seconds."""
        self._logger = logger
        self._work = work
        self._total = total
        self._unit = unit
        self._told_at = time.monotonic()

    def done(self, number: int) -> None:
        """So many are done by now, all together; more than the total where some came meanwhile."""
        if number != self._total and time.monotonic() < self._told_at + TELL_EVERY_S:
            return
        self._told_at = time.monotonic()
        of_total = "" if self._total is None else f" of {max(self._total, number):,}"
        self._logger.info("%s: %s%s %s done.", self._work, f"{number:,}", of_total, self._unit)


class Steps:
    """Tells each step of work that has a known number of them.

    Args:
        logger: of the module that does the work.
        work: what is done and for whom, as in "Merging into core of retail".
        total: how many steps there are.
        seldom: whether steps go untold that end within a few seconds of the last line.
    """

    def __init__(self, logger: logging.Logger, work: str, total: int, *, seldom: bool = False) -> None:
        """Begin before the first step."""
        self._logger = logger
        self._work = work
        self._total = total
        self._seldom = seldom
        self._number = 0
        self._told_at = time.monotonic()

    def done(self, step: str, rows: int | None = None) -> None:
        """The next step is done; `rows` is how many it wrote or found, where that says anything."""
        self._number += 1
        if self._seldom and time.monotonic() < self._told_at + TELL_EVERY_S:
            return
        self._told_at = time.monotonic()
        found = "" if rows is None else f": {rows:,} rows"
        self._logger.info("%s: step %d of %d done, %s%s.", self._work, self._number, self._total, step, found)
