"""The centre as a Starlette application, which only passes bytes between uvicorn and protocol.answer()."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sync.centre.judge import Centre
from sync.centre.problem import CallRefused
from sync.centre.protocol import Call, Reply, answer, body_limit, problem

_log = logging.getLogger(__name__)


def make_app(centre: Centre) -> Starlette:
    """The application for one centre; every address goes to protocol.answer(), which has all the routes."""

    async def _any(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)  # the client is gone and does not read it
        call = Call(
            method=request.method,
            path=request.url.path,
            query=request.query_params,
            headers=dict(request.headers),
            body=body,
            address=request.client.host if request.client else "",
        )
        return _response(await run_in_threadpool(answer, centre, call))

    async def _failed(_request: Request, error: Exception) -> Response:
        # The log names only the kind of failure, because a request's values may be personal.
        _log.error("the centre failed: %s", type(error).__name__)
        return _response(problem(CallRefused("failed", "Nothing was received. Try again later.")))

    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    route = Route("/{path:path}", _any, methods=every)
    return Starlette(routes=[route], exception_handlers={Exception: _failed})


async def _body(request: Request) -> bytes:
    body, limit = bytearray(), body_limit(request.url.path)
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            break  # answered with 413; the rest is not read
    return bytes(body)


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, dict(reply.headers), media_type=reply.media)
