"""Queries are constants with parameters: no string that is built reaches a store."""

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.architecture.sources import parsed

SQL = frozenset({"execute", "executemany", "copy_expert", "raw", "RawSQL"})
CYPHER = frozenset({"run", "read", "read_slowly", "write", "change_schema", "Query"})
TERMINALS = frozenset({"stdout", "stderr", "subprocess"})
BUILDERS = frozenset({"format", "format_map", "join", "replace"})

EXCEPTIONS = {
    "apps/outbox/actions.py",  # a caller's constant and its own, as one statement
    "apps/movies/importers/copying.py",  # a temporary table's columns, constants of tables.py
}


def test_no_query_is_built() -> None:
    built = [
        f"{name}:{line}"
        for name, tree in parsed("apps")
        if name not in EXCEPTIONS
        for line in built_queries(tree, cypher=name.startswith(("apps/graph", "apps/consistency")))
    ]
    assert built == []


@pytest.mark.parametrize(
    "code",
    [
        "cursor.execute(f'SELECT {x}')",
        "cursor.execute('SELECT %s' % x)",
        "cursor.execute('SELECT ' + x)",
        "cursor.execute('SELECT {}'.format(x))",
        "query = f'SELECT {x}'\ncursor.execute(query)",
        "def f(x):\n    query = 'MATCH ' + x\n    bolt.read(query, id=1)",
        "QUERY = ' '.join(parts)\nrun(tx, QUERY)",
        "session.run(Query('MATCH (n:%s)' % x))",
    ],
)
def test_this_test_sees_what_it_looks_for(code: str) -> None:
    assert list(built_queries(ast.parse(code), cypher=True))


def test_constants_and_parameters_pass() -> None:
    code = (
        "QUERY = 'SELECT %s'\nWHOLE = 'CALL {' + QUERY + '}'\n"
        "def f(q: LiteralString):\n    run(tx, QUERY + q)\n"
        "cursor.execute(QUERY, [x])\nrun(tx, WHOLE, rows=x)\nself.stdout.write(f'{x}')"
    )
    assert list(built_queries(ast.parse(code), cypher=True)) == []


def built_queries(tree: ast.Module, *, cypher: bool) -> Iterator[int]:
    """The lines of calls to a store whose arguments are built strings, or names of such."""
    wanted = SQL | CYPHER if cypher else SQL
    assigned, literal = _assignments(tree), _literal_arguments(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _called(node) not in wanted:
            continue
        for argument in node.args:
            values = assigned[argument.id] if isinstance(argument, ast.Name) else [argument]
            yield from (node.lineno for value in values if _is_built(value, literal))


def _assignments(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Every value that a name of the module gets anywhere."""
    assigned: dict[str, list[ast.expr]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                assigned[ast.unparse(target)].append(node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            assigned[ast.unparse(node.target)].append(node.value)
    return assigned


def _literal_arguments(tree: ast.Module) -> frozenset[str]:
    """Arguments of which the type checker knows that they are put together from constants."""
    arguments = (node for node in ast.walk(tree) if isinstance(node, ast.arg) and node.annotation)
    return frozenset(node.arg for node in arguments if "LiteralString" in ast.unparse(node))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        receiver = call.func.value
        last = receiver.attr if isinstance(receiver, ast.Attribute) else ast.unparse(receiver)
        return "" if last in TERMINALS else call.func.attr
    return ast.unparse(call.func)


def _is_built(value: ast.expr, literal: frozenset[str]) -> bool:
    if isinstance(value, ast.JoinedStr | ast.BinOp):
        return not all(_is_constant(leaf, literal) for leaf in _leaves(value))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in BUILDERS
    return False


def _leaves(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.BinOp):
        yield from _leaves(value.left)
        yield from _leaves(value.right)
    elif isinstance(value, ast.JoinedStr):
        for part in value.values:
            yield part.value if isinstance(part, ast.FormattedValue) else part
    else:
        yield value


def _is_constant(value: ast.expr, literal: frozenset[str]) -> bool:
    """Text, a constant's name, or a literal argument: these may be put together."""
    if isinstance(value, ast.Name):
        return value.id.isupper() or value.id in literal
    return isinstance(value, ast.Constant)
