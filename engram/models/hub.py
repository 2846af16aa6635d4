"""Models of the hub: one commit, only the files that are needed, each checked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engram.core.errors import EngramError
from engram.core.extras import run_extra
from engram.models.digests import git_blob_of, sha256_of
from engram.models.layout import check_complete, is_model_file
from engram.models.names import Reference
from engram.models.progress import Progress, watching
from engram.models.room import check_room, size_of

if TYPE_CHECKING:
    from huggingface_hub import HfApi


FULL_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file at a commit, with the digest that the hub states: SHA-256 if large, else git's."""

    path: str
    bytes: int
    sha256: str | None
    git_blob: str | None

    def matches(self, path: Path) -> bool:
        """Whether a local file is this one, to the byte. Without a stated digest none is."""
        if not path.is_file() or path.stat().st_size != self.bytes:
            return False
        if self.sha256 is not None:
            return sha256_of(path) == self.sha256
        return self.git_blob is not None and git_blob_of(path) == self.git_blob


def fetch_hub(reference: Reference, folder: Path, progress: Progress) -> str:
    """The commit whose files are now in the folder, every one checked against the hub's digest.

    Files that are there already and right are kept, so an interrupted pull goes on.
    """
    repo, api = reference.repo or "", _api()
    with _reaching_hub(reference):
        info = api.model_info(repo, revision=reference.revision, files_metadata=True)
    files = [_file(sibling) for sibling in info.siblings or () if is_model_file(sibling.rfilename)]
    check_complete([file.path for file in files], f"hub {repo}")
    commit = _commit(reference, info.sha)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder, {file.path for file in files})
    total = sum(file.bytes for file in files)
    check_room(folder, total - size_of(folder))
    with watching(folder, "downloading", total, progress):
        for file in sorted(files, key=lambda file: file.bytes):
            if not file.matches(folder / file.path):
                _download(api, reference, commit, file, folder)
    return commit


def _commit(reference: Reference, sha: str | None) -> str:
    """The commit that the hub answered with; the pinned one, where one is pinned."""
    pinned = reference.revision if FULL_COMMIT.fullmatch(reference.revision) else sha
    if not sha or sha != pinned:
        raise EngramError(f"Asked for {reference.name}, the hub answered with commit {sha}.")
    return sha


def _file(sibling: Any) -> HubFile:
    large = sibling.lfs
    return HubFile(
        path=sibling.rfilename,
        bytes=large.size if large else sibling.size or 0,
        sha256=large.sha256 if large else None,
        git_blob=None if large else sibling.blob_id,
    )


def _api() -> HfApi:
    """The hub's client, for the endpoint that is set now and not when it was first imported."""
    with run_extra():
        from huggingface_hub import HfApi
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)


def _download(api: HfApi, reference: Reference, commit: str, file: HubFile, folder: Path) -> None:
    with _reaching_hub(reference), _no_bars():
        api.hf_hub_download(
            reference.repo or "",
            file.path,
            revision=commit,
            local_dir=folder,
            force_download=(folder / file.path).exists(),
        )
    if not file.matches(folder / file.path):
        (folder / file.path).unlink(missing_ok=True)
        raise EngramError(
            f"{file.path} of {reference.repo} is refused: it is not the file that the hub lists "
            f"for commit {commit}.",
            help="Try again; if it happens twice, something between here and the hub alters files.",
        )


def _sweep(folder: Path, wanted: set[str]) -> None:
    """Delete what an earlier, interrupted pull of another commit left."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in wanted:
            path.unlink()


@contextmanager
def _no_bars() -> Iterator[None]:
    """Keep the client's own bars off the terminal; progress is told in one place."""
    from huggingface_hub.utils.tqdm import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    if are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


@contextmanager
def _reaching_hub(reference: Reference) -> Iterator[None]:
    """Turn whatever the hub's client raises into one sentence and what to do.

    Its exceptions come from several packages and change between versions, so all are caught.
    """
    from huggingface_hub.errors import (
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except RevisionNotFoundError as error:
        raise EngramError(
            f"The hub has no revision {reference.revision!r} of {reference.repo}."
        ) from error
    except GatedRepoError as error:
        raise EngramError(
            f"The hub gives {reference.repo} only to those who accepted its terms.",
            help="Accept them on the model's page, then log in: hf auth login",
        ) from error
    except RepositoryNotFoundError as error:
        raise EngramError(
            f"The hub has no model {reference.repo}, or it is private.",
            help="Check the name; for a private model log in first: hf auth login",
        ) from error
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EngramError(
            f"{reference.repo} could not be fetched from the hub: {first}",
            help="Check the network (and HF_ENDPOINT, if set), then run the same command again; "
            "files that arrived are kept. `engram models pull smollm2-135m` needs no hub.",
        ) from error
