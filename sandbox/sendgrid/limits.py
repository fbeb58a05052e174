"""SendGrid's rate limit: so many requests in each window, told in the headers of every answer."""

import time
from dataclasses import dataclass

REQUESTS = 10_000
SECONDS = 60


@dataclass
class Window:
    """A window that starts anew at each multiple of its length since 1970; `used` counts in the present one."""

    requests: int = REQUESTS
    seconds: int = SECONDS
    started_at: int = 0
    used: int = 0

    def take(self) -> bool:
        """Count a request; False where the window has no more."""
        now = int(time.time())
        start = now - now % self.seconds
        if start != self.started_at:
            self.started_at, self.used = start, 0
        if self.used >= self.requests:
            return False
        self.used += 1
        return True

    def set(self, requests: int, seconds: int) -> None:
        """Another limit, from a fresh window on."""
        self.requests, self.seconds, self.started_at, self.used = requests, seconds, 0, 0

    def headers(self) -> dict[str, str]:
        """The limit, what is left of it, and the second (since 1970) at which it is whole again."""
        return self._headers(self.requests - self.used, self.started_at + self.seconds)

    def headers_of_refusal(self, *, by_scenario: bool) -> dict[str, str]:
        """The headers of a 429; one by scenario ends with the present second."""
        return self._headers(0, int(time.time()) + 1 if by_scenario else self.started_at + self.seconds)

    def _headers(self, remaining: int, resets_at: int) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.requests),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(resets_at),
        }
