"""Parts of a world made side by side, handed back in order, never more than a few at a time in memory."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

Request = TypeVar("Request")
Part = TypeVar("Part")

# A multiple of people.BLOCK_SIZE, so that no household is cut in two.
CHUNK_SIZE = 1_000
_WORTH_A_PROCESS = 4


def default_workers() -> int:
    return min(4, os.cpu_count() or 1)


def ranges(profiles: int) -> list[tuple[int, int]]:
    """[start, stop) of each chunk. The cut does not depend on the number of workers, so neither do the bytes."""
    return [(start, min(start + CHUNK_SIZE, profiles)) for start in range(0, profiles, CHUNK_SIZE)]


def in_order(make: Callable[[Request], Part], requests: Sequence[Request], workers: int) -> Iterator[Part]:
    """The part of each request, in the order of the requests; in this process if there are few of them."""
    if workers <= 1 or len(requests) < _WORTH_A_PROCESS:
        yield from map(make, requests)
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting: deque[Future[Part]] = deque()
        for request in requests:
            waiting.append(pool.submit(make, request))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
