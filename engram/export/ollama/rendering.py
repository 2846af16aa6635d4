"""Carries out the part of Go's template language that Modelfiles are written in here.

The actions are ``if``, ``else if``, ``else``, ``end``, ``range $i, $m := ...``, ``$x := ...`` and
expressions of fields, variables, strings, numbers and the functions ``eq ne and or not len slice``,
as the documentation of Go's ``text/template`` describes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_ACTION = re.compile(r"\{\{(-\s)?\s*(.*?)\s*(\s-)?\}\}", re.DOTALL)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[()]|:=|,|[^\s(),"]+')
_RANGE = re.compile(r"range\s+(\$\w+),\s*(\$\w+)\s*:=\s*(.+)", re.DOTALL)
_ASSIGNED = re.compile(r"(\$\w+)\s*:=\s*(.+)", re.DOTALL)


@dataclass
class Node:
    """Text, or an action with what is inside of it: branches of (condition, nodes)."""

    kind: str
    value: str = ""
    branches: list[tuple[str, list[Node]]] = field(default_factory=list)


def render(template: str, data: Mapping[str, Any]) -> str:
    """The text that a template makes of data. Raises ValueError for what is not known here."""
    parts = _parts(template)
    nodes, rest = _parsed(parts)
    if rest:
        raise ValueError(f"{{{{ {rest[0][1]} }}}} closes nothing")
    return _carried_out(nodes, data, {"$": data})


def _parts(template: str) -> list[tuple[str, str]]:
    """Texts and actions in order; hyphens at an action take the white space beside it away."""
    found: list[tuple[str, str]] = []
    end, trim = 0, False
    for action in _ACTION.finditer(template):
        text = template[end : action.start()]
        text = text.lstrip() if trim else text
        found += [("text", text.rstrip() if action[1] else text), ("action", action[2])]
        end, trim = action.end(), bool(action[3])
    last = template[end:]
    return [*found, ("text", last.lstrip() if trim else last)]


def _parsed(parts: list[tuple[str, str]]) -> tuple[list[Node], list[tuple[str, str]]]:
    """The nodes up to an ``end`` or ``else``, and the parts from there on."""
    nodes: list[Node] = []
    while parts:
        kind, value = parts[0]
        word = value.split(maxsplit=1)[0] if kind == "action" and value else ""
        if word in ("end", "else"):
            return nodes, parts
        parts = parts[1:]
        if word in ("if", "range"):
            node, parts = _block(word, value, parts)
            nodes.append(node)
        else:
            nodes.append(Node(kind, value))
    return nodes, []


def _block(
    word: str, head: str, parts: list[tuple[str, str]]
) -> tuple[Node, list[tuple[str, str]]]:
    node = Node(word, head)
    condition = head.removeprefix("if ") if word == "if" else head
    while True:
        inner, parts = _parsed(parts)
        node.branches.append((condition, inner))
        if not parts:
            raise ValueError(f"{{{{ {head} }}}} has no end")
        closing, parts = parts[0][1], parts[1:]
        if closing == "end":
            return node, parts
        condition = closing.removeprefix("else").strip().removeprefix("if ") or "true"


def _carried_out(nodes: Sequence[Node], dot: Any, names: dict[str, Any]) -> str:
    return "".join(_one(node, dot, names) for node in nodes)


def _one(node: Node, dot: Any, names: dict[str, Any]) -> str:
    if node.kind == "text":
        return node.value
    if node.kind == "if":
        for condition, inner in node.branches:
            if _value(condition, dot, names):
                return _carried_out(inner, dot, dict(names))
        return ""
    if node.kind == "range":
        found = _RANGE.fullmatch(node.value)
        if found is None:
            raise ValueError(f"{node.value} is not known here")
        index, item, whole = found.groups()
        return "".join(
            _carried_out(node.branches[0][1], one, {**names, index: place, item: one})
            for place, one in enumerate(_value(whole, dot, names))
        )
    if assigned := _ASSIGNED.fullmatch(node.value):
        names[assigned[1]] = _value(assigned[2], dot, names)
        return ""
    found = _value(node.value, dot, names)
    return str(found).lower() if isinstance(found, bool) else str(found)


def _value(expression: str, dot: Any, names: Mapping[str, Any]) -> Any:
    words = _WORD.findall(expression)
    found, rest = _call(words, dot, names)
    if rest:
        raise ValueError(f"{expression} is not known here")
    return found


def _call(words: list[str], dot: Any, names: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """A function with its arguments, or one operand alone, up to a closing bracket."""
    if not words:
        raise ValueError("an expression is missing")
    if words[0] not in _FUNCTIONS:
        return _operand(words, dot, names)
    function, rest = _FUNCTIONS[words[0]], words[1:]
    arguments = []
    while rest and rest[0] != ")":
        argument, rest = _operand(rest, dot, names)
        arguments.append(argument)
    return function(*arguments), rest


def _operand(words: list[str], dot: Any, names: Mapping[str, Any]) -> tuple[Any, list[str]]:
    word, rest = words[0], words[1:]
    if word == "(":
        found, rest = _call(rest, dot, names)
        if rest[:1] != [")"]:
            raise ValueError("a bracket is not closed")
        return found, rest[1:]
    if word.startswith('"'):
        return re.sub(r"\\(.)", r"\1", word[1:-1]), rest
    if word in ("true", "false"):
        return word == "true", rest
    if word.isdecimal():
        return int(word), rest
    start, *path = word.split(".")
    if start and start not in names:
        raise ValueError(f"{word} is not known here")
    found = names[start] if start else dot
    for name in path:
        found = found[name] if name else found
    return found, rest


_FUNCTIONS: dict[str, Any] = {
    "eq": lambda one, *others: any(one == other for other in others),
    "ne": lambda one, other: one != other,
    "and": lambda *values: next((value for value in values if not value), values[-1]),
    "or": lambda *values: next((value for value in values if value), values[-1]),
    "not": lambda value: not value,
    "len": len,
    "slice": lambda value, *ends: value[slice(*ends)] if len(ends) > 1 else value[ends[0] :],
}
