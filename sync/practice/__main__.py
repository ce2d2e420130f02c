"""The practice gateway, and on request the practice centre, as a process of its own.

    python -m sync.practice [--port P] [--centre-port Q --unit U] [--fault NAME] [--delay SECONDS]

It serves until the process ends. A test cuts the network by ending it, and restores it by starting it again
on the same port. The centre, which keeps its records in memory only, is served with --centre-port. When it
listens it prints one row of JSON: {"gdx_url"} and, with a centre, {"centre_url", "code"} for the unit.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading

from sync.practice.centre_twin import PracticeCentre
from sync.practice.gdx_twin import Fault, PracticeGateway


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
    addresses = {"gdx_url": gateway.url}
    if asked.centre_port is not None:
        centre = PracticeCentre(asked.centre_port)
        centre.start()
        addresses |= {"centre_url": centre.url, "code": centre.code(asked.unit)}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
