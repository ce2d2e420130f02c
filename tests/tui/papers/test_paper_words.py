"""Each kind of paper is declared once, and has a template and a maker of its name."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from store.people.permissions import ALLOWED
from tests.rig.command_line import ROOT
from tui.words.paper_words import PAPERS, Paper


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.what)
def test_a_paper_has_its_template_its_maker_and_a_known_action(paper: Paper) -> None:
    assert (ROOT / "tui" / "papers" / f"{paper.what}.typ").is_file()
    assert find_spec(f"tui.papers.{paper.what}") is not None
    assert paper.action in ALLOWED


def test_no_two_papers_have_the_same_name_in_the_ledger() -> None:
    assert len({paper.what for paper in PAPERS}) == len(PAPERS)


def test_each_template_of_a_paper_is_declared() -> None:
    shared = {"paper"}
    templates = {one.stem for one in (ROOT / "tui" / "papers").glob("*.typ")} - shared
    assert templates == {paper.what for paper in PAPERS}
