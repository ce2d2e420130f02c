"""The practice centre: the real one's decisions, with records in memory and a standard library server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from reader.buddhist_date import now
from sync.centre import codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.memory import MemoryRecords
from sync.centre.protocol import Call, answer, body_limit
from sync.network.loopback import Handler, Loopback

NAME = "nocopy-practice-centre"


class PracticeCentre:
    """A centre whose records are lost when the program ends."""

    def __init__(self, port: int = 0, *, clock: Callable[[], datetime] = now) -> None:
        self.centre = Centre(MemoryRecords(), CentreKeys.make(NAME), clock)
        self._loopback = Loopback(_handler(self.centre), port)

    @property
    def url(self) -> str:
        return self._loopback.url

    def start(self) -> None:
        self._loopback.start()

    def stop(self) -> None:
        self._loopback.stop()

    def code(self, unit: str) -> str:
        """A new enrolment code for a unit, which the head of a real one gets by letter."""
        return codes.new_code(self.centre, unit)


def _handler(centre: Centre) -> type[Handler]:
    class CentreHandler(Handler):
        def _go(self) -> None:
            parts = urlsplit(self.path)
            length, limit = int(self.headers.get("Content-Length") or 0), body_limit(parts.path)
            call = Call(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(min(length, limit + 1)),
            )
            reply = answer(centre, call)
            self.close_connection = length > limit
            self.reply(
                reply.status,
                reply.body,
                reply.media,
                **{name.replace("-", "_"): value for name, value in reply.headers.items()},
            )

        do_GET = do_PUT = do_POST = _go  # noqa: N815 - the standard library's names

    return CentreHandler
