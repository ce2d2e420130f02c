"""The centre's protocol as an OpenAPI 3.1 document, served at /v1/openapi.json and tested against the code.

A schema cannot describe the content of a signed body; docs/formats.md does.
"""

from __future__ import annotations

from typing import Any

from sync.centre.problem import KINDS

Json = dict[str, Any]

_JOSE = "application/jose"
_REPORT = "application/jose+json"
_SEALED = "application/octet-stream"
_STAMP = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+07:00$"
_COMPACT = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
_KEY = r"^[A-Za-z0-9_-]{43}$"
_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
# The statuses with which any call may end.
_ALWAYS = (404, 405, 413, 429, 500)


def document() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nocopy centre",
            "version": "1",
            "description": "What offices send to the ministry: counts and signatures, never citizens.",
        },
        "paths": {
            "/v1/health": {"get": _call("Is the centre there?", {200: _json(_HEALTH)})},
            "/v1/openapi.json": {"get": _call("This document.", {200: _json({"type": "object"})})},
            "/v1/stations": {"post": _enrol()},
            "/v1/units/{unit}/people": {"put": _people()},
            "/v1/submissions": {
                "get": _call(
                    "The ids of all that the centre holds of this station.",
                    {200: _json(_IDS)},
                    refused=(401,),
                    token=True,
                )
            },
            "/v1/submissions/{id}": {"put": _submission()},
            "/v1/witness": {"get": _witness()},
            "/v1/messages": {"get": _messages()},
            "/v1/catalogue": {"get": _catalogue()},
            "/v1/carry": {"post": _carry()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"problem": _problem()},
        },
    }


_HEALTH: Json = {
    "type": "object",
    "required": ["service", "time", "key"],
    "additionalProperties": False,
    "properties": {
        "service": {"const": "nocopy-centre"},
        "time": {"type": "string", "pattern": _STAMP},
        "key": {"type": "string", "pattern": _KEY, "description": "The key that signs receipts."},
    },
}
_ENROLLED: Json = {
    "type": "object",
    "required": ["token", "centre_keys", "people_receipt"],
    "additionalProperties": False,
    "properties": {
        "token": {"type": "string"},
        "centre_keys": {
            "type": "object",
            "required": ["age", "name", "receipt", "witness"],
            "additionalProperties": {"type": "string"},
        },
        "people_receipt": {"type": "string", "pattern": _COMPACT},
    },
}
_IDS: Json = {
    "type": "object",
    "required": ["ids"],
    "additionalProperties": False,
    "properties": {"ids": {"type": "array", "items": {"type": "string"}}},
}
_MAIL: Json = {
    "type": "object",
    "required": ["messages", "received"],
    "additionalProperties": False,
    "properties": {
        "received": {"type": "integer", "minimum": 0, "description": "How many ids the centre holds."},
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["n", "message"],
                "additionalProperties": False,
                "properties": {
                    "n": {"type": "integer"},
                    "message": {"type": "string", "pattern": _COMPACT},
                },
            },
        },
    },
}


def _enrol() -> Json:
    return _call(
        "Enrol a station with the code of the letter; the same code and key get the same answer.",
        {201: _json(_ENROLLED)},
        refused=(403, 422),
        body={_REPORT: {"schema": {"type": "string"}}},
    )


def _people() -> Json:
    return _call(
        "The next people list of the unit, signed by its head.",
        _receipts(),
        refused=(401, 403, 409, 422),
        token=True,
        body={_REPORT: {"schema": {"type": "string"}}},
        parameters=[_named("unit", "path", {"type": "string", "pattern": "^[0-9A-Za-z]{1,12}$"}), _own()],
    )


def _submission() -> Json:
    return _call(
        "A report or a checkpoint; the same bytes again get the same receipt.",
        _receipts(),
        refused=(400, 401, 403, 409, 415, 422),
        token=True,
        body={_REPORT: {"schema": {"type": "string", "format": "binary"}}},
        parameters=[
            _named("id", "path", {"type": "string", "pattern": _UUID}),
            _named("Content-Encoding", "header", {"const": "gzip"}),
            _named(
                "Repr-Digest", "header", {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]+={0,2}:$"}
            ),
            _own(),
        ],
    )


def _witness() -> Json:
    note = {"text/plain": {"schema": {"type": "string"}}}
    return _call(
        "The largest checkpoint that the witness has cosigned: of an origin, or of the epoch before one.",
        {200: {"description": "A C2SP signed note.", "content": note}},
        refused=(400,),
        parameters=[
            _named(name, "query", {"type": "string"}, required=False) for name in ("origin", "before")
        ],
    )


def _messages() -> Json:
    said = "JSON {at, waiting, quarantined, version}; and broken: {seq, found_at} where the ledger there is."
    status = {"type": "string", "description": said}
    return _call(
        "What the ministry says to the unit, after that number.",
        {200: _json(_MAIL)},
        refused=(400, 401),
        token=True,
        parameters=[
            _named(
                "after", "query", {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}, required=False
            ),
            _named("Nocopy-Status", "header", status, required=False),
        ],
    )


def _catalogue() -> Json:
    tag = {"ETag": {"required": True, "schema": {"type": "string"}}}
    signed = {_JOSE: {"schema": {"type": "string"}}}
    return _call(
        "The ministry's services and documents, if it publishes them.",
        {
            200: {"description": "A compact JWS of the centre.", "headers": tag, "content": signed},
            304: {"description": "It is the one of If-None-Match.", "headers": tag},
        },
        parameters=[_named("If-None-Match", "header", {"type": "string"}, required=False)],
    )


def _carry() -> Json:
    sealed = {_SEALED: {"schema": {"type": "string", "format": "binary"}}}
    return _call(
        "A bundle from a stick in, the answer for its station out; both sealed with age.",
        {200: {"description": "Sealed to the station.", "content": sealed}},
        refused=(422,),
        body=sealed,
    )


def _call(
    summary: str,
    good: dict[int, Json],
    *,
    refused: tuple[int, ...] = (),
    token: bool = False,
    body: Json | None = None,
    parameters: list[Json] | None = None,
) -> Json:
    found: Json = {
        "summary": summary,
        "responses": {
            **{str(status): reply for status, reply in good.items()},
            **{str(status): _refusal(status) for status in sorted({*refused, *_ALWAYS})},
        },
    }
    if token:
        found["security"] = [{"token": []}]
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    if parameters:
        found["parameters"] = parameters
    return found


def _json(schema: Json) -> Json:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _receipts() -> dict[int, Json]:
    content = {_JOSE: {"schema": {"type": "string"}}}
    return {
        201: {"description": "The centre's receipt, a compact JWS.", "content": content},
        200: {"description": "The same receipt as before.", "content": content},
    }


def _own() -> Json:
    schema = {"type": "string", "pattern": _COMPACT}
    own = _named("Nocopy-Receipt", "header", schema, required=False)
    own["description"] = (
        "This centre's receipt for these bytes, for a centre that was restored and lost them."
    )
    return own


def _named(name: str, place: str, schema: Json, required: bool = True) -> Json:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _refusal(status: int) -> Json:
    found: Json = {
        "description": "; ".join(title for code, title in KINDS.values() if code == status),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}},
    }
    if status == 405:
        found["headers"] = {"Allow": {"required": True, "schema": {"type": "string"}}}
    if status == 429:
        found["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}
    return found


def _problem() -> Json:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": [f"urn:nocopy:problem:{slug}" for slug in KINDS]},
            "title": {"enum": sorted({title for _status, title in KINDS.values()})},
            "status": {"enum": sorted({status for status, _title in KINDS.values()})},
            "detail": {"type": "string"},
            "member": {"type": "string", "description": "The path of the member that is to blame."},
        },
    }
