"""How one build differs from another, pattern by pattern, from what the builds hold alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engram.core.build import SPLITS, Build, PatternSite, Row
from engram.core.difference import Aspect, Changed, Difference, Moved

RowsOf = dict[str, list[Row]]


class _View(NamedTuple):
    """What a build says about a pattern."""

    site: PatternSite
    rows: list[Row]

    def prompts(self, probe: str | None = None, *, bare: bool = False) -> tuple[str, ...]:
        found = (
            row.prompt
            for row in self.rows
            if (row.phrasing == "bare") is bare and probe in (None, row.probe)
        )
        return tuple(sorted(found))


def difference(old: Build, new: Build) -> Difference:
    """What came, went, changed and moved from ``old`` to ``new``; keys are what is compared by.

    A pattern without an id that is reworded went, and another came.
    """
    before, after = _rows_of(old), _rows_of(new)
    both = sorted(old.sites.keys() & new.sites.keys())
    views = [
        (_View(old.sites[key], before.get(key, [])), _View(new.sites[key], after.get(key, [])))
        for key in both
    ]
    changed = tuple(change for pair in views if (change := _changed(*pair)))
    moved = tuple(
        Moved(site=now.site, old=then.site.split, new=now.site.split)
        for then, now in views
        if then.site.split != now.site.split
    )
    touched = {c.site.pattern for c in changed} | {m.site.pattern for m in moved}
    return Difference(
        old=old.manifest.build_id,
        new=new.manifest.build_id,
        options=_options(old, new),
        came=tuple(new.sites[key] for key in sorted(new.sites.keys() - old.sites.keys())),
        went=tuple(old.sites[key] for key in sorted(old.sites.keys() - new.sites.keys())),
        changed=changed,
        moved=moved,
        same=len(both) - len(touched),
    )


def _rows_of(build: Build) -> RowsOf:
    found: RowsOf = {}
    for split in SPLITS:
        for row in build.rows[split]:
            found.setdefault(row.pattern, []).append(row)
    return found


def _options(old: Build, new: Build) -> tuple[str, ...]:
    then, now = (build.manifest.options.model_dump() for build in (old, new))
    return tuple(name for name in now if then[name] != now[name])


def _changed(then: _View, now: _View) -> Changed | None:
    texts = {aspect: (old, new) for aspect, old, new in _texts(then, now) if old != new}
    what = (*texts, *_others(then, now))
    if not what:
        return None
    return Changed(
        site=now.site,
        what=what,
        old={aspect: old for aspect, (old, _) in texts.items()},
        new={aspect: new for aspect, (_, new) in texts.items()},
    )


def _texts(then: _View, now: _View) -> Iterator[tuple[Aspect, str, str]]:
    """What can be shown as one text before and one after."""
    old, new = then.prompts(bare=True), now.prompts(bare=True)
    if old and new:
        yield "input", old[0], new[0]
    if then.rows and now.rows:
        yield "output", then.rows[0].answer, now.rows[0].answer
        yield "match", then.rows[0].match, now.rows[0].match
    yield "category", then.site.category, now.site.category
    yield "group", then.site.group, now.site.group


def _others(then: _View, now: _View) -> Iterator[Aspect]:
    if then.rows and now.rows:
        if then.rows[0].accept != now.rows[0].accept:
            yield "accept"
        if then.rows[0].tags != now.rows[0].tags:
            yield "tags"
    # Of what is held out only the input is asked, so there its wordings cannot be compared.
    if then.site.split == now.site.split == "train":
        if then.prompts() != now.prompts():
            yield "wordings"
        if then.prompts("variant") != now.prompts("variant"):
            yield "held-out wording"
