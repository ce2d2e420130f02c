"""Inflates what came as gzip, never beyond a limit, before anything of it is read."""

from __future__ import annotations

import zlib

from sync.centre.problem import CallRefused

LIMIT = 4_000_000  # bytes; 20,000 rows of counts, or 10,000 marked lines, fit in as base64


def inflated(body: bytes, most: int = LIMIT) -> bytes:
    """The content of the gzip. Raises CallRefused where it is damaged, cut short or over `most` bytes."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        found = inflater.decompress(body, most + 1)
    except zlib.error as error:
        raise CallRefused("bad-request", "The body is no gzip.") from error
    if len(found) > most:
        raise CallRefused("too-large", f"The centre takes {most} bytes after inflating.")
    if not inflater.eof or inflater.unused_data:
        raise CallRefused("bad-request", "The gzip is cut short, or something follows it.")
    return found
