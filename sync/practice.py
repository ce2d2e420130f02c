"""The practice line: gateway and centre on this PC alone, for learning, for trying out, and for tests.

    python -m sync.practice [--port P] [--centre-port Q --unit U] [--fault NAME] [--delay SECONDS]

serves as a process of its own until it is ended: so a line is cut by ending it, and restored by starting it
again on the same port. The centre, which forgets everything at its end, is served only with --centre-port.
When it listens it prints one JSON line: {"gdx_url"} and, with a centre, {"centre_url", "code"} for the unit.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading

from sync.practice_centre import PracticeCentre
from sync.practice_gateway import CONSUMER_KEY, CONSUMER_SECRET, Fault, PracticeGateway


class PracticeLine:
    """Gateway and centre together, and the line to both, which can be cut and restored."""

    def __init__(self, *, delay_s: float = 0.0) -> None:
        self.gateway = PracticeGateway(delay_s=delay_s)
        self.centre = PracticeCentre()
        self.is_cut = True

    @property
    def gdx_url(self) -> str:
        return self.gateway.url

    @property
    def centre_url(self) -> str:
        return self.centre.url

    @property
    def settings(self) -> dict[str, str]:
        """What the books of a practice office need to know, by the settings' names."""
        return {
            "gateways.gdx.url": self.gdx_url,
            "gateways.gdx.consumer_key": CONSUMER_KEY,
            "gateways.gdx.consumer_secret": CONSUMER_SECRET,
            "centre.url": self.centre_url,
        }

    def start(self) -> None:
        """Listen; the addresses stay the same from then on."""
        self.gateway.start()
        self.centre.start()
        self.is_cut = False

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self.is_cut = True
        self.gateway.stop()
        self.centre.stop()

    def restore(self) -> None:
        """Listen again at the same addresses."""
        self.start()

    def stop(self) -> None:
        """End for good."""
        self.cut()


def main(arguments: list[str] | None = None) -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m sync.practice")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--centre-port", type=int)
    parser.add_argument("--fault", choices=[fault.value for fault in Fault])
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--unit", default="5001")
    asked = parser.parse_args(arguments)
    fault = Fault(asked.fault) if asked.fault else None
    gateway = PracticeGateway(asked.port, delay_s=asked.delay, fault=fault)
    gateway.start()
    told = {"gdx_url": gateway.url}
    if asked.centre_port is not None:
        centre = PracticeCentre(asked.centre_port)
        centre.start()
        told |= {"centre_url": centre.url, "code": centre.code(asked.unit)}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
