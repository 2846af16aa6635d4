"""What other distributions add to engram: found by entry points, loaded only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from engram.core.errors import EngramError
from engram.core.noun import Noun

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# Group of entry points -> what one of them is called in a sentence.
Group = Literal["engram.judges", "engram.backends"]
_KINDS: dict[Group, str] = {"engram.judges": "judge", "engram.backends": "backend"}


class Plugin(Noun):
    """A judge or backend by its name, and the distribution that brings it."""

    name: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} ({self.distribution} {self.version})"


def plugins(group: Group) -> dict[str, Plugin]:
    """What is installed of a kind, by name. Nothing of it is imported.

    Raises EngramError if two distributions bring the same name, since either could be meant.
    """
    return {name: _described(point) for name, point in _points(group).items()}


def load_plugin(group: Group, name: str) -> tuple[Plugin, Any]:
    """An installed plugin and what its entry point names.

    Raises EngramError in one sentence if there is none of that name or its import fails.
    """
    point = _points(group).get(name)
    if point is None:
        raise missing(group, name)
    plugin = _described(point)
    try:
        return plugin, point.load()
    except Exception as error:
        raise broken(group, plugin, f"cannot be loaded: {type(error).__name__}: {error}") from error


def missing(group: Group, name: str) -> EngramError:
    """That no distribution brings a plugin of that name, and what there is."""
    return EngramError(f"There is no {_KINDS[group]} '{name}' here.", help=listed(group))


def broken(group: Group, plugin: Plugin, what: str) -> EngramError:
    """That a plugin does not do what it has to; ``what`` goes on from its name."""
    return EngramError(
        f"The {_KINDS[group]} {plugin} {what}",
        help=f"Mend {plugin.distribution}, or remove it: pip uninstall {plugin.distribution}",
    )


def listed(group: Group) -> str:
    """A sentence about what is installed of a kind."""
    there = ", ".join(str(plugin) for _, plugin in sorted(plugins(group).items()))
    kind = _KINDS[group]
    return f"Installed: {there}." if there else f"No distribution that is installed has a {kind}."


def _points(group: Group) -> dict[str, EntryPoint]:
    # Imported late: most commands ask for no plugin.
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        other = found.setdefault(point.name, point)
        # The same distribution may stand on the path twice; the first is the one imported.
        if _described(other).distribution != _described(point).distribution:
            both = f"{_described(other)} and {_described(point)}"
            raise EngramError(
                f"Two distributions bring a {_KINDS[group]} of one name: {both}.",
                help="Uninstall one of them.",
            )
    return found


def _described(point: EntryPoint) -> Plugin:
    distribution = point.dist
    name = distribution.metadata["Name"] if distribution else "unknown"
    version = distribution.version if distribution else "unknown"
    return Plugin(name=point.name, distribution=name, version=version)
