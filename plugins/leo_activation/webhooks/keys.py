"""The secrets by which posts from outside are believed: one rule for all providers."""

from pathlib import Path

from leo_activation.errors import Configuration
from leo_activation.settings import Settings

LARGEST_FILE_BYTES = 64 << 10
IN_A_FILE = "FILE"


def key_of(settings: Settings, name: str, tenant_id: str) -> str | None:
    """`<name>_<TENANT>`, else `<name>`, else what the file holds that `<name>_FILE` names, once it is there.

    A tenant that is called "file" has no variable of its own, because that name is taken.

    Raises:
        Configuration: the file is there and cannot be read as text.
    """
    of_tenant = None if tenant_id.upper() == IN_A_FILE else settings.optional(f"{name}_{tenant_id.upper()}")
    return of_tenant or settings.optional(name) or _in_file(settings, f"{name}_{IN_A_FILE}")


def _in_file(settings: Settings, variable: str) -> str | None:
    named = settings.optional(variable)
    if named is None:
        return None
    try:
        with Path(named).open(encoding="ascii") as file:
            return file.read(LARGEST_FILE_BYTES).strip() or None
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Configuration(f"The file that {variable} names cannot be read: {type(error).__name__}.") from error
