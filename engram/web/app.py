"""The application: one page, and one address to ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from engram.core.errors import EngramError
from engram.core.results import Exchange
from engram.web.asked import prompt_of
from engram.web.desk import Desk
from engram.web.events import event, fault
from engram.web.guard import Guard
from engram.web.page import page_policy

Exchanges = AsyncGenerator[Exchange, None]
BROKEN = "engram has a bug, and ends here; its terminal says more."


def application(page: str, desk: Desk) -> ASGIApp:
    """What serves the page, and answers what it asks."""

    async def show(_: Request) -> Response:
        return HTMLResponse(page)

    async def ask(request: Request) -> Response:
        return Answering(desk.ask(await prompt_of(request)))

    async def refused(_: Request, error: HTTPException) -> Response:
        return JSONResponse({"fault": error.detail}, error.status_code, error.headers)

    async def broken(_: Request, bug: Exception) -> Response:
        desk.fail(bug)
        return JSONResponse({"fault": BROKEN}, HTTPStatus.INTERNAL_SERVER_ERROR)

    routes = [Route("/", show), Route("/ask", ask, methods=["POST"])]
    handlers: dict[Any, Any] = {HTTPException: refused, Exception: broken}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), page_policy())


class Answering(Response):
    """Both answers as they come, as lines of JSON, for as long as somebody listens."""

    media_type = "application/x-ndjson"

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.exchanges = exchanges

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell until the end, or until the client is gone, even while it waits for its turn."""
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            telling.cancel()
            leaving.cancel()
            await asyncio.gather(telling, leaving, return_exceptions=True)

    async def _tell(self, send: Send) -> None:
        begun = False
        async with aclosing(_lines(self.exchanges)) as lines:
            async for status, line in lines:
                if not begun:
                    start = {"type": "http.response.start", "status": status}
                    await send({**start, "headers": self.raw_headers})
                    begun = True
                await send({"type": "http.response.body", "body": line, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _lines(exchanges: Exchanges) -> AsyncGenerator[tuple[int, bytes], None]:
    """What is told, and the status that it has if it is told first."""
    try:
        async with aclosing(exchanges):
            async for exchange in exchanges:
                yield HTTPStatus.OK, event(exchange)
    except EngramError as error:
        yield HTTPStatus.UNPROCESSABLE_ENTITY, fault(error.message)


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
