"""The canonical text of a syntax tree: equal trees print equally, and only this text is ever sent to the graph."""

from leo_activation.segments.gate.tree import (
    Arithmetic,
    Call,
    Comparison,
    Exists,
    Expression,
    Item,
    Junction,
    Match,
    Negation,
    NullTest,
    Parameter,
    Path,
    Property,
    Query,
    Return,
    SortKey,
    Unwind,
    Variable,
    With,
)

_TIGHT = frozenset({"*", "/", "%"})


def print_query(query: Query) -> str:
    """One clause a line, keywords in upper case, single spaces, no brackets beyond those that are needed."""
    lines: list[str] = []
    for clause in query.clauses:
        match clause:
            case Match():
                keyword = "OPTIONAL MATCH" if clause.optional else "MATCH"
                lines.append(f"{keyword} {', '.join(map(_path, clause.paths))}")
                if clause.where is not None:
                    lines.append(f"WHERE {print_expression(clause.where)}")
            case Unwind():
                lines.append(f"UNWIND {print_expression(clause.values)} AS {clause.variable}")
            case With():
                lines.append(_projection("WITH", clause))
                if clause.where is not None:
                    lines.append(f"WHERE {print_expression(clause.where)}")
    lines.append(_projection("RETURN", query.returned))
    return "\n".join(lines)


def _projection(keyword: str, clause: With | Return) -> str:
    items = clause.items if isinstance(clause, With) else (clause.item,)
    text = f"{keyword} {'DISTINCT ' if clause.distinct else ''}{', '.join(map(_item, items))}"
    if clause.order:
        text += f" ORDER BY {', '.join(map(_sort_key, clause.order))}"
    if clause.limit is not None:
        text += f" LIMIT ${clause.limit.name}"
    return text


def _item(item: Item) -> str:
    text = print_expression(item.expression)
    return text if item.alias is None else f"{text} AS {item.alias}"


def _sort_key(key: SortKey) -> str:
    return f"{print_expression(key.expression)} DESC" if key.descending else print_expression(key.expression)


def _path(path: Path) -> str:
    text = _node(path, 0)
    for n, hop in enumerate(path.hops):
        inner = f"[{hop.variable or ''}:{hop.label}]"
        text += f"-{inner}->" if hop.forward else f"<-{inner}-"
        text += _node(path, n + 1)
    return text


def _node(path: Path, n: int) -> str:
    node = path.nodes[n]
    return f"({node.variable or ''}{f':{node.label}' if node.label else ''})"


def print_expression(expression: Expression) -> str:
    """The canonical text of one expression."""
    match expression:
        case Parameter():
            return f"${expression.name}"
        case Variable():
            return expression.name
        case Property():
            return f"{expression.variable}.{expression.name}"
        case Call():
            inner = ", ".join(map(print_expression, expression.arguments)) or "*"
            return f"{expression.function}({'DISTINCT ' if expression.distinct else ''}{inner})"
        case Exists():
            where = "" if expression.where is None else f" WHERE {print_expression(expression.where)}"
            return f"EXISTS {{ MATCH {', '.join(map(_path, expression.paths))}{where} }}"
        case Negation():
            return f"NOT {_atom(expression.operand)}"
        case NullTest():
            return f"{_atom(expression.operand)} IS {'NOT ' if expression.negated else ''}NULL"
        case Comparison():
            return f"{_operand(expression.left)} {expression.operator} {_operand(expression.right)}"
        case Arithmetic():
            return f"{_term(expression, expression.left)} {expression.operator} {_factor(expression)}"
        case Junction():
            return f" {expression.operator} ".join(_of_junction(expression, part) for part in expression.operands)


def _atom(expression: Expression) -> str:
    text = print_expression(expression)
    return text if isinstance(expression, Parameter | Variable | Property | Call | Exists) else f"({text})"


def _term(calculation: Arithmetic, left: Expression) -> str:
    """The left side, which is calculated first anyway unless it binds less tightly."""
    if isinstance(left, Arithmetic) and (left.operator in _TIGHT or calculation.operator not in _TIGHT):
        return print_expression(left)
    return _atom(left)


def _factor(calculation: Arithmetic) -> str:
    right = calculation.right
    if isinstance(right, Arithmetic) and right.operator in _TIGHT and calculation.operator not in _TIGHT:
        return print_expression(right)
    return _atom(right)


def _operand(expression: Expression) -> str:
    return print_expression(expression) if isinstance(expression, Arithmetic) else _atom(expression)


def _of_junction(junction: Junction, part: Expression) -> str:
    text = print_expression(part)
    return f"({text})" if isinstance(part, Junction) and part.operator != junction.operator else text
