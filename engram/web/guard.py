"""Who may ask: pages of this server in a browser on this machine."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A page elsewhere can have its own name resolve to this machine (DNS rebinding), but not change
# the name that the browser sends along. The port may be another one: that of a tunnel.
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
SAFE = ("GET", "HEAD")


class Guard:
    """Refuses what comes in by another name or from another page; adds headers to every answer."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            # What models say is not left behind in a browser's cache.
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, or refuse."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        fault = refusal(scope["method"], Headers(scope=scope))
        app = self.app if fault is None else JSONResponse({"fault": fault}, 403)
        await app(scope, receive, send_with_headers)


def refusal(method: str, headers: Headers) -> str | None:
    """Why a request is not answered; null if it is."""
    host = headers.get("host", "")
    if not LOOPBACK.fullmatch(host):
        return "This page answers to localhost alone."
    if method in SAFE:
        return None
    # Every browser says where a POST is from; a program that is none may leave it out.
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        return "Another page may not ask here."
    return None
