"""A project that someone can start from: what ``engram init`` writes.

The files stand in ``files/``, as they are written; only the requirement is made when it is asked
for, since it names this very engram.
"""

from __future__ import annotations

import json
import os
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from engram import __version__
from engram.compiler.corpus_schema import schema_files
from engram.core.errors import EngramError
from engram.files.atomic import write_file

SCHEMA = "corpus.v1.json"
# Where each file goes. In the package none is hidden, nor means anything to a tool that walks it.
PLACES = {
    "git_commands.yaml": "corpora/git_commands.yaml",
    "pyproject.toml": "pyproject.toml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "workflow.yml": ".github/workflows/engram.yml",
    "gitignore": ".gitignore",
    "README.md": "README.md",
}
_REQUIREMENTS = """\
# The engram that compiles these corpora: another version may compile another build.
# Where your package index has none, name a clone: engram @ git+https://HOST/PATH@COMMIT
{requirement}
"""


def write_starter(folder: Path) -> list[Path]:
    """Write the project into ``folder``, and give the paths of its files.

    Raises EngramError, and writes nothing, if any of the files is there already.
    """
    contents = {folder / name: data for name, data in starter_files().items()}
    there = [str(path) for path in contents if os.path.lexists(path)]
    if there:
        raise EngramError(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already",
            help="Give a folder of its own; nothing was written.",
        )
    try:
        for path, data in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, data)
    except OSError as error:
        raise EngramError(f"cannot write into {folder}: {error.strerror or error}") from error
    return list(contents)


def starter_files() -> dict[str, bytes]:
    """The files of the project, by their paths in it."""
    room = files("engram.compiler.starter") / "files"
    contents = {place: (room / name).read_bytes() for name, place in PLACES.items()}
    contents[f"schemas/{SCHEMA}"] = schema_files()[SCHEMA]
    contents["requirements.txt"] = _REQUIREMENTS.format(requirement=requirement()).encode()
    return contents


def requirement() -> str:
    """This very engram, as pip takes it (PEP 508): its commit if it was installed from one."""
    try:
        origin = json.loads(distribution("engram").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        origin = {}
    source = origin.get("vcs_info")
    if source:
        return f"engram @ {source['vcs']}+{origin['url']}@{source['commit_id']}"
    return f"engram=={__version__}"
