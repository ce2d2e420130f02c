"""Which gateway a lookup goes to: by the document's codes, and by which addresses are set."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.errors import NotFound
from store.settings import gateways, rules
from store.settings.gateways import OWN_CA, URL, GatewayDeclaration, Route, route, routes
from sync.gateways import registry

OLD = GatewayDeclaration(
    endpoint="old",
    name="Old",
    heading="",
    position=1,
    settings=(URL, OWN_CA),
    routes={"linkage": "linkage", "gdx": "gdx"},
    company_keys=("CompanyID",),
)
NEW = GatewayDeclaration(
    endpoint="new", name="New", heading="", position=2, settings=(URL,), routes={"linkage": "direct"}
)
BOTH = {"linkage": {"service": "1"}, "direct": {"service": 1}}


@pytest.fixture(autouse=True)
def two_gateways() -> Iterator[None]:
    gateways.known_from(lambda: (NEW, OLD))
    yield
    gateways.known_from(registry.declarations)


@pytest.mark.parametrize(
    ("set_up", "codes", "endpoint"),
    [
        ({"gateways.old.url", "gateways.new.url"}, BOTH, "new"),
        ({"gateways.new.url"}, BOTH, "new"),
        ({"gateways.old.url"}, BOTH, "old"),
        (set(), BOTH, "old"),
        ({"gateways.old.url", "gateways.new.url"}, {"linkage": {}}, "old"),
        ({"gateways.old.url"}, {"direct": {}}, "new"),
    ],
)
def test_a_lookup_goes_to_the_preferred_gateway_whose_address_is_set(
    set_up: set[str], codes: dict[str, dict[str, object]], endpoint: str
) -> None:
    found = route(codes, "linkage", lambda name: "https://x.example" if name in set_up else None)
    assert found is not None
    assert found.endpoint == endpoint


def test_no_gateway_is_asked_by_a_channel_for_which_the_document_has_no_codes() -> None:
    assert route(BOTH, "gdx", lambda _name: "https://x.example") is None


def test_a_gateway_says_which_key_asks_for_a_company() -> None:
    assert routes({"gdx": {"key": "CompanyID"}}) == [Route("old", "gdx", asks_for_company=True)]
    assert routes({"gdx": {"key": "HouseID"}}) == [Route("old", "gdx", asks_for_company=False)]
    assert routes({"direct": {"key": "CompanyID"}}) == [Route("new", "direct", asks_for_company=False)]


def test_a_setting_is_one_only_where_a_gateway_declares_it() -> None:
    assert [name for name in rules.names() if name.startswith("gateways.")] == [
        "gateways.old.url",
        "gateways.old.ca",
        "gateways.new.url",
    ]
    with pytest.raises(NotFound):
        rules.checked(lambda _name: None, "gateways.gdx.url", "https://x.example")
