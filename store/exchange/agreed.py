"""Holds what came against its agreed form. Which versions of which payload the centre takes stands here.

A payload of a new version gets its class in payloads.py and its line in VERSIONS.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from reader.sentences import mark
from store.exchange import payloads
from store.exchange.enrolment import ENROLMENT
from store.formats.errors import WrongMember
from store.formats.report import RECEIPT, REPORT
from store.formats.strict_json import member_path
from store.proof.checkpoint import CHECKPOINT
from store.staff.people_list import PEOPLE

MANIFEST = "nocopy-bundle+jws"
FINDINGS = "findings"

VERSIONS: dict[str, dict[int, type[msgspec.Struct]]] = {
    REPORT: {1: payloads.Report, 2: payloads.Report},
    FINDINGS: {1: payloads.Findings, 2: payloads.Findings},
    PEOPLE: {1: payloads.PeopleList1, 2: payloads.PeopleList2},
    ENROLMENT: {1: payloads.Enrolment1, 2: payloads.Enrolment2},
    CHECKPOINT: {1: payloads.Checkpoint},
    MANIFEST: {1: payloads.Manifest},
    RECEIPT: {1: payloads.Receipt},
}
"""{kind: {version: its class}}"""

MISSING = mark("it is missing")
UNKNOWN = mark("nobody agreed on it")
OTHER_TYPE = mark("it has another type")
OTHER_FORM = mark("it has another form")
OUT_OF_BOUNDS = mark("it is too large or too small")
OTHER_LENGTH = mark("it is too long or too short")
NO_SUCH = mark("there is no such value")
TWICE = mark("it stands twice")

_Form = TypeVar("_Form", bound=msgspec.Struct)
_AT = re.compile(r"(?P<said>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
# The beginnings of what msgspec says, in the order in which they are looked for.
_SAYS = (
    (re.compile(r"Expected `int` [<>]="), OUT_OF_BOUNDS),
    (re.compile(r"Integer value out of range"), OUT_OF_BOUNDS),
    (re.compile(r"Expected `(str|array)` of length"), OTHER_LENGTH),
    (re.compile(r"Expected `str` matching"), OTHER_FORM),
    (re.compile(r"Invalid enum value"), NO_SUCH),
)


def agreed(kind: str, value: dict[str, Any]) -> Any:
    """The payload as the class of its kind and version. Raises WrongMember."""
    version = value.get("v")
    if "v" not in value:
        raise WrongMember(member="v", problem=MISSING)
    if type(version) is not int:
        raise WrongMember(member="v", problem=OTHER_TYPE)
    if version not in VERSIONS[kind]:
        raise WrongMember(member="v", problem=NO_SUCH)
    return formed(VERSIONS[kind][version], value)


def formed(form: type[_Form], value: dict[str, Any], place: str = "") -> _Form:
    """The object as that class; `place` is put before the path in the WrongMember that this raises."""
    try:
        return msgspec.convert(value, form)
    except msgspec.ValidationError as error:
        raise _wrong(str(error), place) from None


def _wrong(told: str, place: str) -> WrongMember:
    parts = _AT.fullmatch(told)
    said, path = (parts["said"], parts["path"] or "") if parts else (told, "")
    member = f"{place}.{path}" if place and path else place or path
    named = _NAMED.fullmatch(said)
    if named is not None:
        problem = MISSING if named["what"].startswith("missing") else UNKNOWN
        return WrongMember(member=member_path(member, named["name"]), problem=problem)
    problem = next((words for form, words in _SAYS if form.match(said)), OTHER_TYPE)
    return WrongMember(member=member, problem=problem)
