"""What the head is shown before signing: computed anew, so that nothing that was changed is vouched for."""

from __future__ import annotations

import pytest

from store.months.trust import Trust, look
from tests.rig.lines import tamper
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.store.stations.two_pcs import NOVEMBER, Pc


@pytest.fixture
def checked(head: Pc, other: Pc) -> Pc:
    """The head's PC, where November of both PCs is summed up and checked."""
    head.take_in(other.export(NOVEMBER, "2027-01-01T09:00:00"))
    for login, step in ((OFFICER, "summarise"), (CONTROLLER, "check")):
        with head.at(login) as books:
            getattr(books.months, step)(NOVEMBER, books.signer(PASSPHRASE[login]))
    return head


def seen(pc: Pc) -> Trust:
    with pc.at(HEAD) as books:
        return look(books, NOVEMBER)


def changed(pc: Pc, sql: str) -> None:
    """A change of the books by somebody who has their key."""
    with pc.at() as books:
        path, key = pc.locations.books, books.database.key
    tamper(path, sql, key=key)


def test_an_unchanged_month_is_vouched_for(checked: Pc) -> None:
    trust = seen(checked)
    assert trust == Trust(("01", "02"), (), (), ("officer", "controller"), (), agrees=True)
    assert trust.is_right


def test_what_is_still_to_come_is_named(head: Pc) -> None:
    trust = seen(head)
    assert (trust.whole, trust.missing, trust.signed, trust.agrees) == (("01",), ("02",), (), True)
    assert not trust.is_right


@pytest.mark.parametrize(
    ("sql", "field", "told"),
    [
        (
            "UPDATE ledger SET body = replace(body, '\"sighted\"', '\"copy\"') WHERE seq > 5",
            "broken",
            ("01",),
        ),
        ("UPDATE station_line SET body = replace(body, '\"sighted\"', '\"copy\"')", "broken", ("02",)),
        ("UPDATE month SET payload = replace(payload, '\"spared\":5', '\"spared\":6')", "agrees", False),
        (
            "UPDATE month SET payload = replace(payload, '\"spared\":5', '\"spared\":6')",
            *("forged", ("officer", "controller")),
        ),
        (
            "UPDATE signature SET signature = (SELECT signature FROM signature WHERE role = 'officer')"
            " WHERE role = 'controller'",
            *("forged", ("controller",)),
        ),
        # The officer's own signature once more, as if it were the controller's.
        (
            "UPDATE signature SET (protected, signature) = (SELECT protected, signature FROM signature"
            " WHERE role = 'officer') WHERE role = 'controller'",
            *("forged", ("controller",)),
        ),
    ],
)
def test_what_was_changed_since_is_not_vouched_for(checked: Pc, sql: str, field: str, told: object) -> None:
    changed(checked, sql)
    trust = seen(checked)
    assert getattr(trust, field) == told
    assert not trust.is_right


def test_a_look_ends_where_it_is_no_longer_wanted(checked: Pc) -> None:
    class Ended(Exception):
        pass

    def told(_lines: int) -> None:
        raise Ended

    with checked.at(HEAD) as books, pytest.raises(Ended):
        look(books, NOVEMBER, told)
