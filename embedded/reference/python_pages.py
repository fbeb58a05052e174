"""python/<package>.md: what each package of leo_activation gives out, and what each of its modules is for.

Read by griffe from the syntax trees: nothing is imported.
"""

import re
from collections.abc import Iterable, Iterator

import griffe

from embedded.failure import SetupError
from embedded.places import REPOSITORY
from embedded.reference.markdown import NOTICE, cell, code, prose, table

ROOT = "leo_activation"
_NAMED = re.compile(r"^([a-z_]+):(?= )", re.MULTILINE)
"""A line of a docstring that tells what one field is."""


def pages() -> dict[str, str]:
    """{"python/<package>.md": text}, and python/index.md with the modules of the root."""
    loaded = griffe.load(ROOT, search_paths=[REPOSITORY / "plugins"], allow_inspection=False)
    assert isinstance(loaded, griffe.Module)  # noqa: S101 - a package, by its name
    packages = [module for module in _modules(loaded) if module.is_init_module]
    modules = [module for module in _modules(loaded) if not module.is_init_module]
    rows = [(f"[{code(_name(one))}]({one.name}.md)", cell(_first_line(one))) for one in packages]
    index = [f"# Python packages\n\n{NOTICE}{_doc(loaded)}\n\n{table(('Package', 'What it is'), rows)}"]
    index += ["\n## Modules beside the packages\n", *(_module(one, 3) for one in modules)]
    return {
        "python/index.md": "\n".join(index),
        **{f"python/{one.name}.md": _package_page(one) for one in packages},
    }


def _package_page(package: griffe.Module) -> str:
    """A package with what it gives out, and the same of the packages in it."""
    parts = [f"# Package {_name(package)}\n\n{NOTICE}{_doc(package)}\n", *_given(package, 2)]
    for inner in _packages_below(package):
        parts += [f"## {_name(inner)}\n\n{_doc(inner)}\n", *_given(inner, 3)]
    if package.exports is None:
        parts += [_module(one, 2) for one in _modules(package) if not one.is_init_module]
        return "\n".join(parts)
    rows = []
    for module in _all_modules_below(package):
        name = _name(module).removeprefix(f"{_name(package)}.")
        rows.append((code(name), cell(_first_line(module)), ", ".join(code(one.name) for one in _own(module))))
    parts += ["## Modules\n", table(("Module", "What it is", "Public names"), rows)]
    return "\n".join(parts)


def _given(package: griffe.Module, level: int) -> Iterator[str]:
    """What a package's own file gives out: its `__all__`, else the public names it defines."""
    if package.exports is None:
        yield from (_object(one, level) for one in _own(package))
        return
    for name in package.exports:
        member = package.members[str(name)]
        target = member.final_target if isinstance(member, griffe.Alias) else member
        if isinstance(target, griffe.Function | griffe.Class | griffe.Attribute):
            yield _object(target, level)


def _module(module: griffe.Module, level: int) -> str:
    parts = [f"{'#' * level} {module.name}\n\n{_doc(module)}\n"]
    parts += [_object(one, level + 1) for one in _own(module) if isinstance(one, griffe.Function | griffe.Class)]
    return "\n".join(parts)


def _object(one: griffe.Function | griffe.Class | griffe.Attribute, level: int) -> str:
    """A heading, the signature and the docstring; of a class its public attributes and methods too."""
    parts = [f"{'#' * level} {one.name}\n", f"```python\n{_signature(one)}\n```\n"]
    if one.docstring:
        parts.append(f"{_doc(one)}\n")
    if isinstance(one, griffe.Class):
        methods = [member for member in _own(one) if isinstance(member, griffe.Function) and member.docstring]
        parts += [f"```python\n{_signature(method)}\n```\n\n{_doc(method)}\n" for method in methods]
    return "\n".join(parts)


def _signature(one: griffe.Function | griffe.Class | griffe.Attribute) -> str:
    """What the code says: the head of a function, a class with its fields, an attribute with its value."""
    if isinstance(one, griffe.Function):
        return one.signature(return_type=True)
    if isinstance(one, griffe.Attribute):
        kind = f": {one.annotation}" if one.annotation is not None else ""
        return f"{one.name}{kind}"
    bases = ", ".join(str(base) for base in one.bases)
    attributes = [member for member in _own(one) if isinstance(member, griffe.Attribute)]
    fields = [_field(member) for member in attributes if "property" not in member.labels]
    return "\n".join([f"class {one.name}({bases}):" if bases else f"class {one.name}:", *fields])


def _field(field: griffe.Attribute) -> str:
    kind = f": {field.annotation}" if field.annotation is not None else ""
    value = f" = {field.value}" if field.value is not None else ""
    return f"    {field.name}{kind}{value}"


def _doc(one: griffe.Object) -> str:
    """A docstring as Markdown: its sections become lists, and so do lines that each tell one name."""
    if one.docstring is None:
        return ""
    return "\n\n".join(block for part in one.docstring.parse("google", warnings=False) for block in _blocks(part))


def _blocks(part: griffe.DocstringSection) -> Iterator[str]:
    """The paragraphs of one section."""
    match part:
        case griffe.DocstringSectionText():
            yield _NAMED.sub(r"- `\1`:", prose(part.value)).strip()
        case griffe.DocstringSectionRaises():
            yield "Raises:"
            yield _list((str(item.annotation), item.description) for item in part.value)
        case griffe.DocstringSectionParameters() | griffe.DocstringSectionAttributes():
            yield f"{part.kind.value.capitalize()}:"
            yield _list((item.name, item.description) for item in part.value)
        case griffe.DocstringSectionReturns():
            yield "Returns:"
            yield _list((str(item.annotation or "value"), item.description) for item in part.value)
        case _:
            raise SetupError(f"A docstring has a section that the reference cannot show: {part.kind.value}.")


def _list(items: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {code(name)}: {prose(_joined(told))}" for name, told in items)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _first_line(module: griffe.Module) -> str:
    """The first sentence or paragraph of a module's docstring."""
    return _joined(module.docstring.value.split("\n\n")[0]) if module.docstring else ""


def _name(module: griffe.Module) -> str:
    return module.path.removeprefix(f"{ROOT}.")


def _modules(package: griffe.Module) -> list[griffe.Module]:
    """The modules of a package, by name, less private ones."""
    members = [one for one in package.members.values() if isinstance(one, griffe.Module)]
    return sorted((one for one in members if not one.name.startswith("_")), key=lambda one: one.name)


def _packages_below(package: griffe.Module) -> Iterator[griffe.Module]:
    for one in _modules(package):
        if one.is_init_module:
            yield one
            yield from _packages_below(one)


def _all_modules_below(package: griffe.Module) -> Iterator[griffe.Module]:
    for one in _modules(package):
        if one.is_init_module:
            yield from _all_modules_below(one)
        else:
            yield one


def _own(holder: griffe.Module | griffe.Class) -> list[griffe.Function | griffe.Class | griffe.Attribute]:
    """Public names that are defined here and not imported, in the order of the file."""
    members = [
        one
        for one in holder.members.values()
        if isinstance(one, griffe.Function | griffe.Class | griffe.Attribute) and not one.name.startswith("_")
    ]
    named = [one for one in members if not (isinstance(one, griffe.Attribute) and one.name == "logger")]
    return sorted(named, key=lambda one: one.lineno or 0)
