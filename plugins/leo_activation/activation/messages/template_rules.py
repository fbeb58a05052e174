"""What a template may be made of, and the bounds of filling it in.

The rule is a list of what is allowed: slots, texts, the filters and tests below, `if`, comparisons. There are no loops,
calls, attributes, arithmetic, macros or other templates, so that the work of filling in is bounded by the length of the
template. Jinja2's immutable sandbox stands behind it as a second line.
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2 import Template as CompiledTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leo_activation.activation.lines import is_hidden, one_line
from leo_activation.errors import Permanent
from leo_activation.told import Told

FILTERS = frozenset(
    {"capitalize", "d", "default", "escape", "lower", "one_line", "title", "trim", "truncate", "upper", "urlencode"}
)
TESTS = frozenset({"defined", "undefined"})
LONGEST_SOURCE = 150_000
MOST_NODES = 4_000
DEEPEST = 24
LONGEST_OUTPUT = 200_000

_ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
)
_RESERVED = frozenset({"self", "super", "loop", "caller", "varargs", "kwargs"})
"""Names that mean something to Jinja2 itself, and so are not missed as slots."""
_RAISED_BY_EXPRESSIONS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What an expression in a template may raise by itself, beside Jinja2's own errors."""


def names_in(source: str, what: str) -> frozenset[str]:
    """The names that a source uses; `what` names the template in errors.

    Raises:
        Permanent: the source cannot be parsed, or is made of what is not allowed.
    """
    return frozenset(meta.find_undeclared_variables(_parsed(source, what)))


def fill_in(source: str, values: Mapping[str, str], what: str, *, escape: bool) -> str:
    """The source with the values in its slots; `escape` makes values safe within HTML.

    Raises:
        Permanent: a slot has neither value nor fallback, something is not allowed, or the result grows too long.
    """
    pieces: list[str] = []
    length = 0
    try:
        for piece in _compiled(source, what, escape).generate(values):
            length += len(piece)
            if length > LONGEST_OUTPUT:
                raise Permanent(
                    Told.of(
                        "{what} cannot be filled in: it grows beyond {longest_output} characters.",
                        what=what,
                        longest_output=LONGEST_OUTPUT,
                    )
                )
            pieces.append(piece)
    except TemplateError as error:
        raise Permanent(Told.of("{what} cannot be filled in: {error}", what=what, error=str(error))) from error
    except _RAISED_BY_EXPRESSIONS as error:
        # The words of such an error may quote a value, which is a person's.
        raise Permanent(
            Told.of(
                "{what} cannot be filled in: an expression in it ends in {error}.",
                what=what,
                error=type(error).__name__,
            )
        ) from None
    return "".join(pieces)


def pieces_of(source: str) -> Iterator[tuple[bool, str]]:
    """The source in pieces, each with whether it is text rather than of the template's language.

    Raises:
        Permanent: the source cannot be read.
    """
    try:
        for _, kind, text in _environment(False).lex(source):
            yield kind == "data", text
    except TemplateError as error:
        raise Permanent(Told.of("The text cannot be read as a template: {error}", error=str(error))) from error


def _parsed(source: str, what: str) -> nodes.Template:
    if len(source) > LONGEST_SOURCE:
        raise Permanent(
            Told.of(
                "{what} has {size} characters; a part of a template has at most {longest_source}.",
                what=what,
                size=len(source),
                longest_source=LONGEST_SOURCE,
            )
        )
    if any(is_hidden(mark) for mark in source):
        raise Permanent(Told.of("{what} holds characters that are not seen, such as a change of direction.", what=what))
    try:
        tree = _environment(False).parse(source)
    except (TemplateError, ValueError) as error:
        raise Permanent(Told.of("{what} cannot be read: {error}", what=what, error=str(error))) from error
    except RecursionError as error:
        raise Permanent(Told.of("{what} cannot be read: it is nested too deeply.", what=what)) from error
    _check_nodes(tree, what)
    return tree


def _check_nodes(tree: nodes.Template, what: str) -> None:
    waiting: list[tuple[nodes.Node, int]] = [(tree, 0)]
    seen = 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if seen > MOST_NODES or depth > DEEPEST:
            raise Permanent(
                Told.of("{what} is too long or nested too deeply to be filled in for everybody.", what=what)
            )
        _check_node(node, what)
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


def _check_node(node: nodes.Node, what: str) -> None:
    if isinstance(node, nodes.Name) and node.name in _RESERVED:
        raise Permanent(
            Told.of(
                "{what} uses '{name}' in line {line}, which is no slot.",
                what=what,
                name=node.name,
                line=node.lineno,
            )
        )
    if not isinstance(node, _ALLOWED_NODES):
        raise Permanent(
            Told.of(
                "{what} uses {node} in line {line}; a template has slots, filters and if, no more.",
                what=what,
                node=type(node).__name__,
                line=node.lineno,
            )
        )
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise Permanent(
            Told.of(
                "{what} uses the filter '{name}'; there are {known}.",
                what=what,
                name=node.name,
                known=", ".join(sorted(FILTERS)),
            )
        )
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise Permanent(
            Told.of(
                "{what} uses the test '{name}'; there are {known}.",
                what=what,
                name=node.name,
                known=", ".join(sorted(TESTS)),
            )
        )


@lru_cache(maxsize=256)
def _compiled(source: str, what: str, escape: bool) -> CompiledTemplate:
    """Checked and compiled once, because a campaign renders the same source for everybody."""
    _parsed(source, what)
    return _environment(escape).from_string(source)


@cache
def _environment(escape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=escape, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.globals.clear()
    environment.filters = {name: filter_ for name, filter_ in environment.filters.items() if name in FILTERS}
    environment.filters["one_line"] = _one_line
    environment.tests = {name: test for name, test in environment.tests.items() if name in TESTS}
    return environment


def _one_line(value: str) -> str:
    return one_line(str(value))
