"""The example catalogue that comes with the program."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from reader.citizen_id import is_valid
from store.base.database import Database
from store.base.schema import migrate
from store.counter.allow_list import allowed
from store.errors import NotFound
from store.settings.catalogue import Catalogue, Channel
from store.settings.content import fill, read_tables
from store.settings.example import example_content
from tests.rig.lines import KEY


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """As it stands in the tables, where it is written and read again."""
    database = Database.create(tmp_path_factory.mktemp("catalogue") / "books.db", KEY)
    migrate(database)
    with database.write() as db:
        fill(db, example_content())
        found = read_tables(db)
    assert found == example_content()
    return Catalogue(lambda: found)


def test_it_has_24_services_and_21_documents_all_marked_as_examples(catalogue: Catalogue) -> None:
    services, documents = catalogue.services(), catalogue.documents()
    assert (len(services), len(documents)) == (24, 21)
    assert all(one.example for one in [*services, *documents])
    assert {need.document for one in services for need in one.documents} == {one.code for one in documents}
    assert all(any(need.need == "required" for need in one.documents) for one in services)


def test_every_document_fits_its_column_and_can_be_had_without_a_network(catalogue: Catalogue) -> None:
    for document in catalogue.documents():
        assert 0 < cell_len(document.short) <= 20, document.short
        assert document.owner
        assert set(document.channels) <= set(Channel)
        assert {"copy", "sighted"} <= set(document.channels)
        assert set(document.codes) - {"linkage2"} == set(document.channels) & {"linkage", "gdx", "laser"}
        assert bool(document.keep) == bool(set(document.codes) - {"laser"})


def test_the_known_codes_are_the_public_ones(catalogue: Catalogue) -> None:
    assert catalogue.document("D01").channels[0] == "card"
    assert catalogue.document("D02").codes["linkage"] == {
        "office": "00023",
        "service": "008",
        "version": "01",
    }
    assert catalogue.document("D03").codes["linkage"] == {
        "office": "00023",
        "service": "001",
        "version": "01",
    }
    assert catalogue.document("D10").codes["gdx"] == {
        "path": "/ws/dbd/juristic/v4/profile/information",
        "key": "JuristicID",
    }
    with pytest.raises(NotFound):
        catalogue.document("D99")


def test_nothing_is_kept_of_an_answer_that_its_document_does_not_name(catalogue: Catalogue) -> None:
    answer = {
        "firstName": "มาลี",
        "religion": "พุทธ",
        "blood": "O",
        "fatherPersonalID": "1234567890121",
        "fatherName": "บุญ",
        "photo": "AAAA",
        "token": "t",
    }
    assert allowed(answer, catalogue.document("D03").keep) == {"firstName": "มาลี"}
    marriage = [{"marryID": "7", "malePID": "1234567890121", "maleFullnameAndRank": "นายบุญ"}]
    assert allowed(marriage, catalogue.document("D04").keep) == {
        "list": [{"marryID": "7", "maleFullnameAndRank": "นายบุญ"}]
    }
    names = {"total": 1, "allName": [{"docID": "1", "newName": "มาลี", "ownerPID": "1234567890121"}]}
    assert allowed(names, catalogue.document("D06").keep) == {
        "total": 1,
        "allName": [{"docID": "1", "newName": "มาลี"}],
    }
    # Not even where an allow-list names them, nor a whole object by its name.
    assert allowed(answer, [*answer]) == {"firstName": "มาลี", "fatherName": "บุญ"}
    assert allowed({"address": {"houseNo": "1", "secret": "x"}}, ["address"]) == {}
    for document in catalogue.documents():
        assert allowed(dict.fromkeys(answer, "x"), document.keep).keys() <= {"firstName", "fatherName"}
    assert is_valid("1234567890121")


def test_the_command_line_lists_codes(catalogue: Catalogue) -> None:
    listed = catalogue.as_json()
    first = listed["services"][0]
    assert (first["code"], first["documents"]) == ("S01", ["D01", "D02", "D04", "D06"])
    assert first["needs"][3] == {"document": "D06", "need": "if_any", "whose": "subject"}
    assert listed["documents"][1]["channels"] == ["linkage", "copy", "sighted"]
