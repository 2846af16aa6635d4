"""A real notebook: executed by a real kernel, and what it shows looked at in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import browser  # noqa: F401
from tests.lab.conftest import write_corpora
from tests.tiny import tiny_model

nbformat = pytest.importorskip("nbformat", reason="a notebook needs nbformat")
nbclient = pytest.importorskip("nbclient", reason="executing a notebook needs nbclient")
pytest.importorskip("ipykernel", reason="a notebook needs a kernel")

EVIL = "</script><img src=x onerror='window.broken = 1'><script>window.broken = 1</script>"
CELLS = (
    "from pathlib import Path\nimport engram",
    "engram.validate([Path('bad')])",
    "engram.validate([Path('bad')])[0]",
    "engram.validate([Path('corpora')])",
    "compiled = engram.compile_corpora(Path('corpora'), Path('build'))\ncompiled",
    "recipe = engram.recipe('./llama', epochs=1, layers=1, rank=2, batch_size=8, rehearsed=0,\n"
    "                       quick=True)\n"
    "outcome = engram.run(compiled.manifest_path, recipe, watch=engram.Progress())",
    "outcome",
    "outcome.report",
)
VALIDATED, ONE, CLEAN, COMPILED, RAN, OUTCOME, REPORT = range(1, len(CELLS))


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook with its outputs."""
    folder = tmp_path_factory.mktemp("notebook")
    write_corpora(folder / "corpora", holdout="variant", patterns=24)
    tiny_model(folder / "llama")
    (folder / "bad").mkdir()
    (folder / "bad" / "bad.yaml").write_text(
        f'name: "{EVIL}"\ndescription: d\nexamples:\n  - {{input: x, output: 404, category: c}}\n'
    )
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    root = str(Path(__file__).parents[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]))
        patch.setenv("ENGRAM_HOME", str(folder / "home"))
        run = nbclient.NotebookClient(
            made, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
        )
        return run.execute()


def shown(notebook: Any, cell: int, kind: str) -> list[str]:
    outputs = notebook.cells[cell].outputs
    return ["".join(one.data[kind]) for one in outputs if kind in one.get("data", {})]


def test_every_result_shows_itself_as_html_and_markdown(notebook: Any) -> None:
    for cell in (VALIDATED, ONE, CLEAN, COMPILED, OUTCOME, REPORT):
        for kind in ("text/html", "text/markdown", "text/plain"):
            assert len(shown(notebook, cell, kind)) == 1, (CELLS[cell], kind)
    (table,) = shown(notebook, VALIDATED, "text/html")
    assert "<td>ENG204</td>" in table
    assert "bad/bad.yaml:4:" in table
    assert EVIL not in table
    assert shown(notebook, CLEAN, "text/markdown") == ["no findings"]
    assert "leak proof:" in shown(notebook, COMPILED, "text/html")[0]
    assert "recall" in shown(notebook, REPORT, "text/markdown")[0]


def test_progress_is_a_line_for_each_stage(notebook: Any) -> None:
    lines = shown(notebook, RAN, "text/html")
    assert [line for line in lines if "<progress" in line]
    assert any("training" in line for line in lines)
    # The line is changed in place, and not one for each of its changes.
    assert len(lines) < 20


def test_a_report_is_small_enough_to_keep(notebook: Any) -> None:
    (frame,) = shown(notebook, REPORT, "text/html")
    assert len(frame) < 200_000
    assert "sandbox" in frame.partition("srcdoc")[0] + frame.rpartition("sandbox")[1]


@pytest.fixture
def page(browser: Any, notebook: Any, request: Any) -> Iterator[Any]:  # noqa: F811
    """All that the notebook shows, on a page as a notebook has it."""
    cells = "".join(
        f"<div class='output'>{html}</div>"
        for cell in range(len(CELLS))
        for html in shown(notebook, cell, "text/html")
    )
    opened = browser.new_page(color_scheme=request.param, viewport={"width": 900, "height": 1400})
    asked: list[str] = []
    opened.on("request", lambda one: asked.append(one.url))
    opened.on("pageerror", lambda error: asked.append(str(error)))
    dark = "background: #111; color: #ddd" if request.param == "dark" else ""
    opened.set_content(f"<!doctype html><body style='font-family: sans-serif; {dark}'>{cells}")
    yield opened
    # A frame's own text is no fetch.
    assert not [url for url in asked if not url.startswith("about:srcdoc")]
    opened.close()


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_a_browser_shows_it_all_and_runs_nothing(page: Any, tmp_path: Path) -> None:
    assert page.evaluate("window.broken") is None
    assert page.locator("table tbody tr").count() >= 2
    assert page.locator("progress").count() >= 3
    frame = page.frame_locator("iframe").last
    heading = frame.locator("h1")
    heading.wait_for()
    assert "base against tuned" in heading.inner_text()
    assert frame.locator("section#accuracy svg, section#accuracy table").count() > 0
    assert frame.locator("script").count() == 0
    assert page.evaluate("document.body.scrollWidth") <= 900
    page.screenshot(path=tmp_path / "notebook.png", full_page=True)
