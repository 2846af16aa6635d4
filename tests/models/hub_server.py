"""A model hub on the loopback device: the few endpoints that the real client asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.tiny import tiny_model

REPO = "org/tiny"
COMMIT = "c0ffee" + "0" * 34


class TinyHub(ThreadingHTTPServer):
    """Serves one tiny model. ``alter`` changes the bytes of a file on their way out."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = tiny_model(folder, "qwen2")
        (self.folder / "modeling_evil.py").write_text("raise SystemExit('never fetched')")
        (self.folder / "pytorch_model.bin").write_bytes(b"never fetched")
        self.alter: Callable[[str, bytes], bytes] = lambda _, content: content
        self.commit = self.answered = COMMIT
        self.fetched: list[str] = []
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> TinyHub:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:
        """Say nothing when a test cuts a connection."""

    def info(self) -> bytes:
        """What the hub says of the model: its commit and every file with a digest."""
        siblings = [_sibling(path) for path in sorted(self.folder.iterdir())]
        said = {"_id": "1", "id": REPO, "sha": self.answered, "siblings": siblings}
        return json.dumps(said).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers the client: what the model is made of, and its files."""

    server: TinyHub

    def log_message(self, format: str, *args: object) -> None:
        """Keep the output of the test clean."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        hub.asked.append(path)
        about, files = f"/api/models/{REPO}/revision/", f"/{REPO}/resolve/{hub.commit}/"
        if path.startswith(files):
            self.give_file(path.removeprefix(files))
        elif not path.startswith(about):
            self.give(b"{}", {"X-Error-Code": "RepoNotFound"}, 404)
        elif path.removeprefix(about) in ("main", hub.commit):
            self.give(hub.info(), {"Content-Type": "application/json"})
        else:
            self.give(b"{}", {"X-Error-Code": "RevisionNotFound"}, 404)

    def give_file(self, name: str) -> None:
        content = (self.server.folder / name).read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        if self.command == "GET":
            self.server.fetched.append(name)
        content = self.server.alter(name, content)
        self.give(content, {"ETag": f'"{etag}"', "X-Repo-Commit": self.server.commit})

    def give(self, body: bytes, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _sibling(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    header = f"blob {len(content)}\0".encode()
    entry: dict[str, object] = {
        "rfilename": path.name,
        "size": len(content),
        "blobId": hashlib.sha1(header + content, usedforsecurity=False).hexdigest(),
    }
    if path.suffix == ".safetensors":
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
    return entry
