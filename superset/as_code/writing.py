"""Compact files in one form: the same content has the same bytes, so that a diff shows what was changed."""

from typing import Any

import yaml

WIDTH = 120
FLOW_WIDTH = 108
"""The longest mapping that is written on one line: it stands indented, behind its name."""


class Flow(dict[str, Any]):
    """A mapping that is written on one line where it fits."""


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless)


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    plain = all(not isinstance(item, (dict, list)) for item in items)
    nested = all(isinstance(item, list) and len(item) == 2 and not isinstance(item[0], (dict, list)) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain or nested)


def _flow(dumper: _Dumper, flow: Flow) -> yaml.Node:
    line = yaml.safe_dump(dict(flow), default_flow_style=True, allow_unicode=True, width=10_000)
    fits = len(line) <= FLOW_WIDTH
    return dumper.represent_mapping("tag:yaml.org,2002:map", flow.items(), flow_style=fits)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(Flow, _flow)


def to_yaml(content: dict[str, Any]) -> str:
    """The text of one file, keys in the order given."""
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text
