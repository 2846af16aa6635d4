"""The prompt in a request, if there is one that can be asked at all."""

from __future__ import annotations

from http import HTTPStatus

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from engram.core.noun import Noun

MOST_CHARACTERS = 8_000
# JSON takes 12 bytes at most for a character, and some for what stands around them.
MOST_BYTES = 12 * MOST_CHARACTERS + 100
TOO_LONG = f"A prompt may have {MOST_CHARACTERS:,} characters at most."


class Body(Noun):
    """What a page sends."""

    prompt: str


async def prompt_of(request: Request) -> str:
    """The prompt. Raises HTTPException with a sentence that says what is wrong with it."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A prompt is sent as JSON.")
    try:
        prompt = Body.model_validate_json(await _body(request)).prompt
    except ValidationError:
        raise HTTPException(
            HTTPStatus.BAD_REQUEST,
            'This is not JSON of the form {"prompt": "..."}, in valid UTF-8.',
        ) from None
    if len(prompt) > MOST_CHARACTERS:
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    if not prompt.strip():
        raise HTTPException(HTTPStatus.BAD_REQUEST, "There is nothing to ask.")
    if "\0" in prompt:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "A prompt cannot hold the character NUL.")
    return prompt


async def _body(request: Request) -> bytes:
    """The bytes of the request; no more of them are read than a prompt can have."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LONG)
    return body
