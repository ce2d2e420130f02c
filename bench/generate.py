"""`python -m bench.generate --lines 100000 HOME` makes books of invented people, to measure or to try."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from bench.books import PASSPHRASE, make_books


def main() -> None:
    """Make the books and print who can open them, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="a folder that is not there yet, or empty")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--months", type=int, help="by default about 17,000 lines each")
    parser.add_argument("--seed", type=int, default=1, help="another number: other days (keys always differ)")
    given = parser.parse_args()
    begun = time.perf_counter()
    made = make_books(given.home, given.lines, months=given.months, seed=given.seed)
    told = {
        "home": str(given.home),
        "lines": made.lines,
        "months": made.months,
        "logins": made.logins,
        "passphrase": PASSPHRASE,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
