"""The dataset card: what `datasets.load_dataset` and the model hub read of a build.

Its paths hold the digest of the data, and it holds the build id: `datasets` keeps what it loaded
by what the card says, so a card that changes with every build is never answered with stale rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from engram.compiler.seal import BLANK, sealed
from engram.core.build import Manifest, Output
from engram.core.corpus import CorpusFields

CARD_NAME = "README.md"
DATA_CARD_NAME = f"data/{CARD_NAME}"
# More corpora than these are counted and not named.
MOST_NAMES = 5
TEXTS = ("id", "pattern", "category", "probe", "phrasing", "match")
LISTS = ("accept", "tags")

# Licences that the hub knows by their SPDX identifiers, in lower case.
_KNOWN = (
    "apache-2.0 mit isc zlib unlicense mpl-2.0 eupl-1.2 bsd-2-clause bsd-3-clause bsl-1.0 gpl-2.0 "
    "gpl-3.0 agpl-3.0 lgpl-2.1 lgpl-3.0 cc0-1.0 cc-by-2.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 "
    "cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-nc-nd-4.0"
)
# How a line about a corpus begins.
_CORPUS = "- **"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#!|~$&@])")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_FEATURES = """\
dataset_info:
  features:
  - name: messages
    list:
    - name: role
      dtype: string
    - name: content
      dtype: string
"""
_TEXT = """\
  - name: {}
    dtype: string
"""
_LIST = """\
  - name: {}
    list: string
"""
_SPLIT = """\
  - split: {}
    path: {}
"""
_BODY = """\

# {title}

Compiled by engram {engram}; written anew by every compilation.

{corpora}

| split | rows | sha256 |
|---|---:|---|
{splits}

Each row is one phrasing of a pattern as chat `messages`. `probe` is the question that it asks:
`recall` of a trained row, `variant` with an unseen wording of a trained pattern, `novel` with a
pattern whose whole group was held out. Prompts of `valid` and `test` stand nowhere in `train`.

Build `{build_id}`.
<!-- {blank} -->
"""


def card_bytes(manifest: Manifest, corpora: Sequence[CorpusFields]) -> bytes:
    """The card of a build: YAML for programs, then a few words for people."""
    body = _BODY.format(
        title=title(corpora).replace("_", r"\_"),
        engram=manifest.engram,
        corpora="\n".join(_about(corpus) for corpus in corpora),
        splits="\n".join(
            f"| {split_of(output)} | {output.rows:,} | `{output.sha256}` |"
            for output in manifest.outputs
        ),
        build_id=manifest.build_id,
        blank=BLANK,
    )
    return sealed(f"---\n{''.join(_front(manifest, corpora))}---\n{body}", CARD_NAME)


def data_card_bytes(manifest: Manifest) -> bytes:
    """The card of the data folder alone: where its rows are, and what is in them.

    Without it `datasets` guesses the columns from the first file, and fails on a later one in which
    a list that was always empty holds something.
    """
    paths = {split_of(output): Path(output.path).name for output in manifest.outputs}
    text = f"---\n{''.join(_columns(paths))}---\n\nRows of a build.\n<!-- {BLANK} -->\n"
    return sealed(text, DATA_CARD_NAME)


def title(corpora: Sequence[CorpusFields]) -> str:
    """What a build of these corpora is called."""
    names = [corpus.name for corpus in corpora]
    return "Patterns of " + (
        ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} corpora"
    )


def licences(corpora: Iterable[CorpusFields]) -> list[str]:
    """The licences of the corpora, each once and in order."""
    return sorted({corpus.license for corpus in corpora if corpus.license})


def told_in(card: bytes) -> tuple[str | None, list[str]]:
    """What a card of ``card_bytes`` says of its corpora: one licence for all, and a line of each.

    The licence is as the hub calls it, ``other`` where they differ, null where one has none.
    """
    lines = card.decode("utf-8").splitlines()
    front = lines[: lines.index("---", 1)]
    found = [line.partition(": ")[2] for line in front if line.startswith("license: ")]
    return (found[0] if found else None), [line for line in lines if line.startswith(_CORPUS)]


def split_of(output: Output) -> str:
    """The split whose rows a file holds."""
    return Path(output.path).stem


def _front(manifest: Manifest, corpora: Sequence[CorpusFields]) -> Iterator[str]:
    yield f'pretty_name: "{title(corpora)}"\n'
    names = {name.lower() for name in licences(corpora)}
    if names and all(corpus.license for corpus in corpora):
        known = len(names) == 1 and names <= set(_KNOWN.split())
        yield f"license: {names.pop() if known else 'other'}\n"
    yield "task_categories:\n- text-generation\n"
    yield from _columns({split_of(output): output.path for output in manifest.outputs})
    yield f"engram_build: {manifest.build_id}\n"


def _columns(paths: Mapping[str, str]) -> Iterator[str]:
    yield "configs:\n- config_name: default\n  data_files:\n"
    yield from (_SPLIT.format(split, path) for split, path in paths.items())
    yield _FEATURES
    yield from (_TEXT.format(name) for name in TEXTS)
    yield from (_LIST.format(name) for name in LISTS)


def _about(corpus: CorpusFields) -> str:
    version = f" {_plain(corpus.version)}" if corpus.version else ""
    licence = f" ({_plain(corpus.license)})" if corpus.license else ""
    return f"{_CORPUS}{_plain(corpus.name)}**{version}{licence}: {_plain(corpus.description)}"


def _plain(text: str) -> str:
    """``text`` as Markdown that says just this, on one line."""
    line = " ".join(text.split())
    shown = _UNSEEN.sub(lambda found: f"U+{ord(found.group()):04X}", line)
    return _MARKUP.sub(r"\\\1", shown)
