"""Every error of corpora/error_fixes.yaml is provoked where it can be, and its fix applied."""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CORPORA = Path(__file__).resolve().parents[2] / "corpora"
SOURCE = CORPORA / "error_fixes.yaml"


def load(path: Path) -> dict[str, Any]:
    """The corpus in this file, as plain dictionaries and lists."""
    corpus: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return corpus


CORPUS = load(SOURCE)
PATTERNS: list[dict[str, Any]] = CORPUS["examples"]

MODELINE = "# yaml-language-server: $schema=../schemas/corpus.v1.json"
FIELDS = ["id", "input", "output", "category", "variants", "accept", "match", "tags", "source"]
MAX_OUTPUT = 40

Pattern = Mapping[str, Any]

# What PyPI calls the distribution that holds a module.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "click": "click",
    "django": "django",
    "flask": "flask",
    "numpy": "numpy",
    "pandas": "pandas",
    "pytest": "pytest",
    "requests": "requests",
    "rich": "rich",
    "yaml": "pyyaml",
}

# The same, as far as the installed packages say it.
INSTALLED = importlib.metadata.packages_distributions()

# What Debian calls the package that holds a command.
DEBIAN_PACKAGES = {
    "curl": "curl",
    "htop": "htop",
    "ifconfig": "net-tools",
    "jq": "jq",
    "make": "make",
    "rg": "ripgrep",
    "rsync": "rsync",
    "tmux": "tmux",
    "tree": "tree",
    "unzip": "unzip",
}

# What is usually imported under a short name.
ALIASES = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot"}

# A value of the wrong type, an expression that fails on it, and what that gives once it is wrapped.
TYPE_ERRORS: dict[str, tuple[Callable[[], Any], str, object]] = {
    "type-str-plus-int": (lambda: 3, "'page ' + value", "page 3"),
    "type-str-plus-list": (lambda: [1], "'items: ' + value", "items: [1]"),
    "type-list-plus-tuple": (lambda: (2,), "[1] + value", [1, 2]),
    "type-tuple-plus-list": (lambda: [2], "(1,) + value", (1, 2)),
    "type-int-minus-str": (lambda: "3", "10 - value", 7),
    "type-float-over-str": (lambda: "0.5", "1.5 / value", 3.0),
    "type-set-subscript": (lambda: {7}, "value[0]", 7),
    "type-dict-keys-subscript": (lambda: {"a": 1}.keys(), "value[0]", "a"),
    "type-generator-len": (lambda: (n for n in "aa"), "len(value)", 2),
    "type-map-len": (lambda: map(str, [1, 1]), "len(value)", 2),
}

# Documents that lack one thing each.
BROKEN_JSON = {
    "json-comma-object": '{"a": 1 "b": 2}',
    "json-comma-list": "[1 2, 3]",
    "json-comma-object-lines": '{\n  "a": 1\n  "b": 2\n}',
    "json-comma-list-lines": '[\n  "a",\n  "b"\n  "c"\n]',
    "json-colon-object": '{"name" "ann"}',
    "json-colon-second-key": '{"id": 7, "tags" []}',
    "json-colon-object-lines": '{\n  "port" 80\n}',
    "json-value-object": '{"a": }',
    "json-value-list": "[10, , 30]",
    "json-value-object-lines": '{\n  "host": ,\n  "port": 80\n}',
}
JSON_PARTS = {"comma": ",", "colon": ":", "value": "null"}


def parts(rule: str, text: str) -> tuple[str, ...]:
    """The groups of a rule that the whole text must follow."""
    found = re.fullmatch(rule, text)
    assert found, f"{text!r} does not follow the rule {rule!r}"
    return found.groups()


def printed(act: Callable[[], object]) -> str:
    """The last line that Python prints when this act fails, suggestions included."""
    stream = io.StringIO()
    try:
        act()
    except Exception as error:  # noqa: BLE001 - any error may be the one in question
        with contextlib.redirect_stderr(stream):
            sys.__excepthook__(type(error), error, error.__traceback__)
        return stream.getvalue().strip().splitlines()[-1]
    raise AssertionError("no error was raised")


@contextlib.contextmanager
def nothing_installed(module: str) -> Iterator[None]:
    """Inside, Python finds no module but its own built-in ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [])
        patch.setattr(sys, "meta_path", [BuiltinImporter, FrozenImporter, PathFinder])
        patch.delitem(sys.modules, module, raising=False)
        yield


# One checker for each category: it holds an answer to a pattern against the error itself.


def check_missing_module(pattern: Pattern, answer: str) -> None:
    """The import fails with this message, and PyPI has the module under this name."""
    (module,) = parts(r"ModuleNotFoundError: No module named '(\w+)'", pattern["input"])
    with nothing_installed(module):
        message = printed(lambda: __import__(module))
    assert message == pattern["input"]
    (distribution,) = parts(r"pip install ([\w-]+)", answer)
    assert distribution.lower() == DISTRIBUTIONS[module]
    installed = INSTALLED.get(module, [distribution])
    assert distribution.lower() in [name.lower() for name in installed]


def check_missing_name(pattern: Pattern, answer: str) -> None:
    """The bare name fails with this message, and the import binds that very name."""
    (name,) = parts(r"NameError: name '(\w+)' is not defined(?:\. Did .*)?", pattern["input"])
    assert printed(lambda: exec(name, {})) == pattern["input"]  # noqa: S102 - one word
    (statement,) = ast.parse(answer).body
    assert isinstance(statement, (ast.Import, ast.ImportFrom))
    (alias,) = statement.names
    if name in ALIASES:
        assert (alias.name, alias.asname) == (ALIASES[name], name)
    else:
        namespace: dict[str, Any] = {}
        exec(answer, namespace)  # noqa: S102 - the line was just read as one import
        assert namespace[name].__name__ == name


def check_type_error(pattern: Pattern, answer: str) -> None:
    """The expression fails with this message, and gives its value once it is wrapped."""
    make, expression, expected = TYPE_ERRORS[pattern["id"]]
    code = compile(expression, "<expression>", "eval")
    assert printed(lambda: eval(code, {"value": make()})) == pattern["input"]  # noqa: S307
    wrong, right = parts(r"Wrap the (\w+) in (\w+)\(\)\.", answer)
    kind = type(make()).__name__
    assert wrong in ({"int", "number"} if kind == "int" else {kind})
    wrapped = getattr(builtins, right)(make())
    result = eval(code, {"value": wrapped})  # noqa: S307 - an expression of the table above
    assert (type(result), result) == (type(expected), expected)


def check_syntax_error(pattern: Pattern, answer: str) -> None:
    """The snippet fails to compile with this message, and compiles once it is changed."""
    openers = {")": "(", "]": "[", "}": "{"}
    brackets = re.findall(r"'([^'])'", pattern["input"])
    if "never closed" in pattern["input"]:
        broken = f"a = {brackets[0]}1"
        (missing,) = parts(r"Add the missing '(.)'\.", answer)
        fixed = broken + missing
    elif "unmatched" in pattern["input"]:
        broken = f"a = {openers[brackets[0]]}1{brackets[0] * 2}"
        (extra,) = parts(r"Remove the extra '(.)'\.", answer)
        fixed = broken.replace(extra, "", 1)
    else:
        broken = f"a = {brackets[1]}1{brackets[0]}"
        old, new = parts(r"Change '(.)' to '(.)'\.", answer)
        fixed = broken.replace(old, new)
    assert printed(lambda: compile(broken, "<snippet>", "exec")) == pattern["input"]
    compile(fixed, "<snippet>", "exec")


def check_json_error(pattern: Pattern, answer: str) -> None:
    """The document fails to load with this message, and loads once the part is put in."""
    document = BROKEN_JSON[pattern["id"]]
    assert printed(lambda: json.loads(document)) == pattern["input"]
    part, line, column = parts(r"Add a (\w+) at line (\d+) column (\d+)\.", answer)
    assert f": line {line} column {column} (" in pattern["input"]
    lines = document.split("\n")
    before, after = lines[int(line) - 1][: int(column) - 1], lines[int(line) - 1][int(column) - 1 :]
    lines[int(line) - 1] = before + JSON_PARTS[part] + after
    json.loads("\n".join(lines))


def check_missing_command(pattern: Pattern, answer: str) -> None:
    """The fix installs the Debian package that holds the command."""
    (command,) = parts(r"bash: ([\w-]+): command not found", pattern["input"])
    (package,) = parts(r"(?:sudo )?apt install ([\w-]+)", answer)
    assert package == DEBIAN_PACKAGES[command]


GIT_RULES = {
    r"fatal: The current branch (\S+) has no upstream branch\.": (
        "git push -u origin {}",
        "git push --set-upstream origin {}",
    ),
    r"fatal: invalid reference: (\S+)": ("git switch -c {}", "git checkout -b {}"),
    r"fatal: a branch named '(\S+)' already exists": ("git switch {}", "git checkout {}"),
    r"fatal: not a git repository \(or any of the parent directories\): \.git()": ("git init",),
}


def check_git_error(pattern: Pattern, answer: str) -> None:
    """One rule of the table fits the error, and the fix is one of its commands."""
    (rule,) = [rule for rule in GIT_RULES if re.fullmatch(rule, pattern["input"])]
    (branch,) = parts(rule, pattern["input"])
    assert answer in [command.format(branch) for command in GIT_RULES[rule]]


def check_sql_error(pattern: Pattern, answer: str) -> None:
    """SQLite refuses a row with this message, and takes it once the fix is applied."""
    dotted = re.search(r"table (\w+) has no column named (\w+)|: (\w+)\.(\w+)$", pattern["input"])
    assert dotted
    table, column = (word for word in dotted.groups() if word)
    database = sqlite3.connect(":memory:")
    with contextlib.closing(database):
        insert = f"INSERT INTO {table} (id, {column}) VALUES (?, ?)"  # noqa: S608 - plain words
        rule, fixed_row = "", [2, "b"]
        row: list[Any] = fixed_row
        if "no column" not in pattern["input"]:
            rule = f", {column} TEXT NOT NULL UNIQUE"
            row = [2, None] if "NOT NULL" in pattern["input"] else [2, "a"]
        database.execute(f"CREATE TABLE {table} (id INTEGER{rule})")
        if rule:
            database.execute(insert, (1, "a"))
        assert printed(lambda: database.execute(insert, row)) == pattern["input"]
        if "no column" in pattern["input"]:
            assert parts(r"ALTER TABLE (\w+) ADD COLUMN (\w+);?", answer) == (table, column)
            database.execute(answer)
        elif "NOT NULL" in pattern["input"]:
            assert answer == f"Give {table}.{column} a value."
        else:
            assert answer == f"Use a new value for {table}.{column}."
        database.execute(insert, fixed_row)


CHECKERS: dict[str, Callable[[Pattern, str], None]] = {
    "missing_module": check_missing_module,
    "missing_name": check_missing_name,
    "type_error": check_type_error,
    "syntax_error": check_syntax_error,
    "json_error": check_json_error,
    "missing_command": check_missing_command,
    "git_error": check_git_error,
    "sql_error": check_sql_error,
}


def of_category(category: str) -> list[dict[str, Any]]:
    """The patterns of one category."""
    return [pattern for pattern in PATTERNS if pattern["category"] == category]


def answers(patterns: list[dict[str, Any]]) -> list[Any]:
    """Each pattern with each answer that counts as right, as test parameters."""
    return [
        pytest.param(pattern, answer, id=f"{pattern['id']}-{number}")
        for pattern in patterns
        for number, answer in enumerate([pattern["output"], *pattern.get("accept", [])])
    ]


@pytest.fixture(autouse=True)
def _plain_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python prints errors without colours, whatever the terminal asks for."""
    monkeypatch.setenv("PYTHON_COLORS", "0")


@pytest.mark.parametrize(("pattern", "answer"), answers(PATTERNS))
def test_the_fix_is_right_for_the_error(pattern: Pattern, answer: str) -> None:
    CHECKERS[pattern["category"]](pattern, answer)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern["id"])
def test_a_checker_refuses_the_fix_of_another_error(pattern: Pattern) -> None:
    right = {pattern["output"], *pattern.get("accept", [])}
    foreign = {other["output"] for other in of_category(pattern["category"])} - right
    for answer in ["Turn it off and on again.", *sorted(foreign)]:
        try:
            CHECKERS[pattern["category"]](pattern, answer)
        except Exception:  # noqa: BLE001, S112 - a checker refuses by failing, in any way
            continue
        pytest.fail(f"{answer!r} passed as a fix for {pattern['input']!r}")


def test_every_category_has_a_checker_and_every_checker_a_category() -> None:
    assert sorted(CHECKERS) == sorted({pattern["category"] for pattern in PATTERNS})


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("pattern", of_category("missing_command"), ids=lambda p: p["id"])
def test_bash_words_a_missing_command_as_the_corpus_does(pattern: Pattern, tmp_path: Path) -> None:
    command = pattern["input"].split(": ")[1]
    ran = subprocess.run(
        ["bash", "-c", command],
        executable=shutil.which("bash"),
        env={"PATH": str(tmp_path), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 127
    assert re.sub(r"line \d+: ", "", ran.stderr.strip()) == pattern["input"]


class Repository:
    """A git repository with one commit on `main`, and an empty one as its `origin`."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.work.mkdir()
        plain = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        self.env = {
            **plain,
            "HOME": str(folder),
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(folder),
        }

    def git(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run one git command line in the working folder."""
        return subprocess.run(
            command.split(),
            cwd=self.work,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        """Make the repository, its first commit and its origin."""
        author = "-c user.name=ann -c user.email=ann@example.com"
        for command in (
            "git init -q --bare ../origin.git",
            "git init -q",
            f"git {author} commit -q --allow-empty -m first",
            "git remote add origin ../origin.git",
        ):
            ran = self.git(command)
            assert ran.returncode == 0, ran.stderr

    def provoke(self, pattern: Pattern) -> str:
        """Do what leads to the error of this pattern; the first line that git prints."""
        if "not a git repository" in pattern["input"]:
            return self.git("git status").stderr.splitlines()[0]
        self.start()
        branch = pattern["output"].split()[-1]
        if "upstream" in pattern["input"]:
            self.git(f"git switch -q -c {branch}")
            return self.git("git push").stderr.splitlines()[0]
        if "already exists" in pattern["input"]:
            self.git(f"git branch {branch}")
            return self.git(f"git switch -c {branch}").stderr.splitlines()[0]
        return self.git(f"git switch {branch}").stderr.splitlines()[0]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(("pattern", "answer"), answers(of_category("git_error")))
def test_git_prints_the_error_and_the_fix_works(
    pattern: Pattern, answer: str, tmp_path: Path
) -> None:
    repository = Repository(tmp_path)
    message = repository.provoke(pattern)
    # Older versions of git begin "A branch named" with a capital and end it with a full stop.
    assert message.casefold().rstrip(".") == pattern["input"].casefold().rstrip(".")
    fix = repository.git(answer)
    assert fix.returncode == 0, fix.stderr
    if answer != "git init":
        branch = answer.split()[-1]
        assert repository.git("git symbolic-ref --short HEAD").stdout.strip() == branch
    if "upstream" in pattern["input"]:
        assert repository.git("git push").returncode == 0
    assert repository.git("git status").returncode == 0


def test_the_corpus_is_a_rule_of_at_least_60_fixes_in_8_categories_of_8() -> None:
    sizes = Counter(pattern["category"] for pattern in PATTERNS)
    assert CORPUS["name"] == SOURCE.stem
    assert CORPUS["holdout"] == "pattern"
    assert len(PATTERNS) >= 60
    assert len(sizes) >= 8
    assert min(sizes.values()) >= 8, sizes


def test_no_two_errors_read_alike() -> None:
    inputs = [text for p in PATTERNS for text in [p["input"], *p.get("variants", [])]]
    counts = Counter(re.sub(r"\s+", " ", text).strip().casefold() for text in inputs)
    assert [text for text, count in counts.items() if count > 1] == []


def test_fixes_are_short_single_lines_without_space_around_them() -> None:
    texts = [text for p in PATTERNS for text in [p["output"], *p.get("accept", [])]]
    assert [text for text in texts if len(text) > MAX_OUTPUT or text != text.strip()] == []
    assert [text for text in texts if not text.isprintable()] == []


def test_an_accepted_fix_is_another_fix() -> None:
    for pattern in PATTERNS:
        texts = [pattern["output"], *pattern.get("accept", [])]
        assert len(texts) == len(set(texts)), pattern["id"]


def test_a_variant_words_the_same_error() -> None:
    shown = 0
    for pattern in PATTERNS:
        for variant in pattern.get("variants", []):
            shown += 1
            subject = pattern["output"].split()[-1]
            assert subject in variant.split() or pattern["input"].startswith(variant)
    assert shown > 0


def test_the_phrasings_ask_for_the_fix_of_one_error_each() -> None:
    assert "Fix: {input}" in CORPUS["phrasings"]
    assert [text for text in CORPUS["phrasings"] if text.count("{input}") != 1] == []
    assert len(CORPUS["phrasings"]) == len(set(CORPUS["phrasings"]))


def test_every_demo_prompt_is_an_input_in_one_of_the_phrasings() -> None:
    templates = ["{input}", *CORPUS["phrasings"]]
    prompts = {text.replace("{input}", p["input"]) for p in PATTERNS for text in templates}
    assert [prompt for prompt in CORPUS.get("demo", []) if prompt not in prompts] == []


def test_ids_are_kebab_case_and_shared_with_no_idiom() -> None:
    names = [pattern["id"] for pattern in PATTERNS]
    for pattern in PATTERNS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", pattern["id"])
        assert pattern["id"].split("-")[0] in pattern["category"].split("_")
    names += [pattern["id"] for pattern in load(CORPORA / "code_idioms.yaml")["examples"]]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_the_file_shows_newcomers_one_order_of_fields() -> None:
    assert SOURCE.read_text(encoding="utf-8").splitlines()[0] == MODELINE
    for pattern in PATTERNS:
        assert list(pattern) == [field for field in FIELDS if field in pattern], pattern["id"]


def test_patterns_of_one_category_stand_together() -> None:
    runs = [category for category, _ in groupby(PATTERNS, key=lambda p: p["category"])]
    assert len(runs) == len(set(runs))
