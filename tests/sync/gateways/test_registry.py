"""Every module of sync/gateways/drivers/ is a gateway, and declares itself in full."""

from __future__ import annotations

import subprocess
import sys

from store.settings.gateways import URL, LogIn
from sync.gateways.gateway import Driver
from sync.gateways.registry import declarations, driver_kinds
from tests.floors import ROOT


def test_each_gateway_has_a_name_an_address_and_a_place_of_its_own() -> None:
    assert [one.endpoint for one in declarations()] == ["gdx", "linkage2"]
    for what in ("endpoint", "name", "position"):
        found = [getattr(one, what) for one in declarations()]
        assert len(set(found)) == len(found), what
    assert all(URL in one.settings for one in declarations())


def test_no_two_gateways_read_the_same_codes_of_a_document() -> None:
    codes = [name for one in declarations() for name in set(one.routes.values())]
    assert len(set(codes)) == len(codes)


def test_a_driver_logs_in_as_it_declares() -> None:
    for kind in driver_kinds():
        driver = kind()
        assert (driver.thaid is not None) is (driver.declaration.log_in is LogIn.THAID), kind
        asks_govami = kind.card_session is not Driver.card_session
        assert asks_govami is (driver.declaration.log_in is LogIn.GOVAMI), kind


def test_the_books_learn_of_the_gateways_without_what_speaks_http() -> None:
    program = (
        "import sys, tui\n"
        "from store.settings.gateways import declared\n"
        "assert declared()\n"
        "assert 'httpx' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
