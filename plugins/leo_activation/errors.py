"""What went wrong, by what helps: waiting, mending the data, or mending the set-up.

```
LeoError
├── Transient        try again later: a connection was lost, a provider said 429, a lock was held
├── Permanent        trying again gives the same answer: a bad row, a refused query, a stale approval
└── Configuration    nothing runs until a person changes a setting: a missing connection, an unsafe server
```

Airflow's tasks retry the first and fail at once on the other two (`orchestration.failures`). Raise one of
these three, or a subclass that names the case; the message is one sentence that says what and where, and holds
neither contact data nor secrets, because it is shown in the Airflow UI.
"""


class LeoError(Exception):
    """Base of every error that this package raises on purpose."""

    @property
    def sentence(self) -> str:
        """The message; a `Told` where it was raised with one."""
        return self.args[0] if self.args else ""


class Transient(LeoError):
    """The same call may succeed later; nothing has to be changed."""


class Permanent(LeoError):
    """The same call fails again; the data or the request has to change."""


class Configuration(LeoError):
    """The set-up is incomplete or unsafe; a person has to change it."""
