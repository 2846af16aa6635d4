"""The schema in an editor: yaml-language-server finds it by the modeline, and says what is wrong.

The server is an npm package, fetched once into pytest's cache folder.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from engram.compiler.starter import starter_files

ROOT = Path(__file__).parents[2]
PACKAGE = "yaml-language-server@2"
SECONDS = 120
BAD = """\
# yaml-language-server: $schema=../schemas/corpus.v1.json
name: bad
description: What an editor underlines
hold_out: variant
examples:
  - input: "HTTP status code for 'Not Found'?"
    output: 404
  - input: a
    output: b
    category: c
    match: fuzzy
"""


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> list[str]:
    """The command that starts the server."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not installed")
    folder = request.config.cache.mkdir("yaml-language-server")  # type: ignore[union-attr]
    script = folder / "node_modules/yaml-language-server/bin/yaml-language-server"
    if not script.exists():
        install = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=0"]
        install += ["--prefix", str(folder), PACKAGE]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm has no {PACKAGE}: {done.stderr.strip()[-200:]}")
    return [node, str(script), "--stdio"]


class Editor:
    """As much of an editor as the language server protocol needs (microsoft.github.io/lsp)."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        # A server that says nothing more would be waited for without end.
        self.watchdog = Timer(SECONDS, self.process.kill)
        self.watchdog.start()
        self.asked = 0
        self.request("initialize", processId=None, rootUri=None, capabilities={})
        self.notify("initialized")

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, **params: Any) -> Any:
        self.asked += 1
        self._send({"id": self.asked, "method": method, "params": params})
        return self._wait(lambda m: m.get("id") == self.asked and "method" not in m)["result"]

    def open(self, path: Path) -> list[dict[str, Any]]:
        """The diagnostics of a file."""
        uri = path.as_uri()
        text = path.read_text(encoding="utf-8")
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", textDocument=document)
        told = self._wait(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri
            )
        )
        diagnostics: list[dict[str, Any]] = told["params"]["diagnostics"]
        return diagnostics

    def hover(self, path: Path, line: int, character: int) -> str:
        """What the server says of a place in a file."""
        place = {"line": line, "character": character}
        said = self.request(
            "textDocument/hover", textDocument={"uri": path.as_uri()}, position=place
        )
        return str(said["contents"]["value"])

    def close(self) -> None:
        self.watchdog.cancel()
        self.process.kill()
        self.process.communicate()

    def _wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self._receive()
            if wanted(message):
                return message
            if "id" in message and "method" in message:
                # The server asks for settings and the like: there are none.
                self._send({"id": message["id"], "result": None})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server ended"
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return message


@pytest.fixture
def editor(server: list[str]) -> Iterator[Editor]:
    editor = Editor(server)
    yield editor
    editor.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, data in starter_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_good_corpus_has_no_diagnostics_and_its_fields_are_explained(
    editor: Editor, project: Path
) -> None:
    path = project / "corpora/git_commands.yaml"
    assert editor.open(path) == []
    line = path.read_text().splitlines().index("holdout: variant")
    assert "only wordings are held out" in editor.hover(path, line, 2)


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("corpora/*.yaml")))
def test_the_corpora_that_ship_have_no_diagnostics(editor: Editor, name: str) -> None:
    assert editor.open(ROOT / "corpora" / name) == []


def test_a_bad_corpus_is_underlined_where_it_is_bad(editor: Editor, project: Path) -> None:
    path = project / "corpora/bad.yaml"
    path.write_text(BAD)
    found = {
        (item["range"]["start"]["line"] + 1, item["message"].partition(".")[0])
        for item in editor.open(path)
    }
    assert {line for line, _ in found} == {4, 6, 7, 11}
    assert any("hold_out" in message for line, message in found if line == 4)
    assert any("category" in message for line, message in found if line == 6)
