"""Faults that cosmic-ray knows how to put into a module, without those that change nothing."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

NOT_ASKED = (
    # They take names of variables as arguments, and what they make of them is a matter of chance.
    "VariableReplacer",
    "VariableInserter",
    # Which of equal texts and numbers are one object is for the interpreter to choose; no test of a
    # product may depend on it; where the objects are one, there is no difference. Linters refuse
    # `is` beside a literal. (What turns equality into the absence of identity is asked.)
    "ReplaceComparisonOperator_Eq_Is",
    "ReplaceComparisonOperator_Is_Eq",
    "ReplaceComparisonOperator_NotEq_IsNot",
    "ReplaceComparisonOperator_IsNot_NotEq",
)


@dataclass(frozen=True)
class Mutant:
    """A module with a fault: its source, and the statement that differs.

    ``lines`` are the first and last line of the statement, ``where`` the function that it is in.
    """

    operator: str
    where: str
    lines: tuple[int, int]
    before: str
    after: str
    source: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells it from the others, wherever in the file it stands."""
        return self.where, self.before, self.after


def mutants_of(path: Path) -> list[Mutant]:
    """Every mutant of a module that is a program, and another one, in the order of its lines."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    same, statements = _meaning(source), list(_statements(tree))
    nodes = list(ast_nodes(get_ast(source)))
    found: dict[str, Mutant] = {}
    for name in OperatorProvider():
        if name in NOT_ASKED:
            continue
        operator = OperatorProvider()[name]()
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, place in enumerate(places):
            mutated = mutate_code(source, operator, occurrence)
            if mutated and _meaning(mutated) not in (same, None):
                lines, where = _statement(statements, place[0][0])
                before, after = _changed(source, mutated)
                found.setdefault(mutated, Mutant(name, where, lines, before, after, mutated))
    return sorted(found.values(), key=lambda mutant: (mutant.lines, mutant.operator, mutant.after))


class _Bare(ast.NodeTransformer):
    """A program without what is not run: annotations, and how a data class is stored.

    Annotations are never evaluated under ``from __future__ import annotations``, but for the fields
    of models, which pydantic reads. Protocols are for whoever checks types. That data classes are
    frozen or have slots is for whoever writes code, and for memory.
    """

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        bases = {ast.unparse(base) for base in node.bases}
        if "Protocol" in bases:
            node.body = []
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "dataclass":
                decorator.keywords = []
        if "Noun" in bases:
            node.body = [n if isinstance(n, ast.AnnAssign) else self.visit(n) for n in node.body]
            return node
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)


def _meaning(source: str) -> str | None:
    try:
        return ast.dump(_Bare().visit(ast.parse(source)))
    except SyntaxError:
        return None  # the star of a signature is no product


def _statements(tree: ast.AST, where: str = "") -> Iterator[tuple[int, int, str]]:
    """First and last line of each statement, and of the head of each that has a body."""
    for node in ast.iter_child_nodes(tree):
        inside = where
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            inside = f"{where}.{node.name}".lstrip(".")
        if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
            body = getattr(node, "body", None)
            first = getattr(node, "lineno", body[0].lineno if body else 0)
            first = min([first, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            last = max(first, body[0].lineno - 1) if body else node.end_lineno
            yield first, last, inside
        yield from _statements(node, inside)


def _statement(statements: list[tuple[int, int, str]], line: int) -> tuple[tuple[int, int], str]:
    around = [found for found in statements if found[0] <= line <= found[1]]
    first, last, where = min(around, key=lambda found: found[1] - found[0])
    return (first, last), where


def _changed(source: str, mutated: str) -> tuple[str, str]:
    one, other = source.splitlines(), mutated.splitlines()
    before: list[str] = []
    after: list[str] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, one, other, False).get_opcodes():
        if tag != "equal":
            before += (line.strip() for line in one[i1:i2])
            after += (line.strip() for line in other[j1:j2])
    return " ".join(before), " ".join(after)
