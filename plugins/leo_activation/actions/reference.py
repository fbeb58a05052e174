"""The page of the actions in the documentation, written from the registry."""

import json
from collections.abc import Mapping
from typing import Any

from leo_activation.actions.catalogue import ACTIONS
from leo_activation.actions.permissions import WRITES
from leo_activation.actions.registry import Action

HEAD = """# Actions

Everything that a request, a plan or a program can ask for, as it is registered in `leo_activation.actions`. This page
is written by `python -m leo_activation.actions`; [Actions](../concepts/actions.md) tells how they are called.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD, "## Permissions\n", "| Permission | What an action may write with it |", "|---|---|"]
    parts += [f"| `{permission}` | {words} |" for permission, words in WRITES.items()]
    parts += [
        "\nBeside that, each call writes its own row of `ops.action_call`. No action approves or sends anything.\n"
    ]
    parts += [_section(action) for action in ACTIONS]
    return "\n".join(parts)


def _section(action: Action) -> str:
    schema = action.schema()
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {'yes' if name in required else 'no'} | {_kind(schema, spec)} | {spec.get('description', '')} |"
        for name, spec in schema["properties"].items()
    ]
    published = json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True)
    return "\n".join(
        [
            f"## `{action.name}`\n",
            f"{action.description} Needs `{action.permission}`.\n",
            "| Argument | Needed | Kind | |",
            "|---|---|---|---|",
            *rows,
            f'\n??? note "JSON Schema"\n\n    ```json\n{_indented(published)}\n    ```\n',
        ]
    )


def _kind(schema: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        spec = schema["$defs"][spec["$ref"].rpartition("/")[2]]
    if "enum" in spec:
        return "one of " + ", ".join(f"`{value}`" for value in spec["enum"])
    if "anyOf" in spec:
        return " or ".join(_kind(schema, one) for one in spec["anyOf"] if one.get("type") != "null")
    if spec.get("type") == "array":
        return f"several: {_kind(schema, spec['items'])}"
    bounds = [f"{words} {spec[bound]}" for bound, words in _BOUNDS.items() if bound in spec]
    return f"{spec['type']}{' (' + ', '.join(bounds) + ')' if bounds else ''}"


_BOUNDS = {"minLength": "at least", "maxLength": "at most", "minimum": "from", "maximum": "to"}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
