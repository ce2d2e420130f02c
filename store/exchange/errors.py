"""Errors of the centre's answers, and of files that are checked without being imported.

BadSignature
    ForgedCentre
StoreError
    NobodyVouches
    BringsNoKeys
    OtherCentre
    SealedFile
    CodeUsed
"""

from __future__ import annotations

from store.errors import StoreError
from store.formats.errors import BadSignature


class ForgedCentre(BadSignature):
    says = "The answer to the enrolment is not from the ministry's centre: its keys do not match the code."
    do = "Nothing was accepted. Check the address and the code, and tell ICT."


class NobodyVouches(StoreError):
    says = "Nobody vouches for these keys: a file cannot prove who signed it by what it says itself."
    do = "Name the centre's fingerprint from the ministry's letter with --centre-key, or log in to the books."


class BringsNoKeys(StoreError):
    says = "This file brings no keys along, and a fingerprint alone cannot check a signature."
    do = "Ask the office for the whole month (`nocopy centre proof`), or log in to the books."


class OtherCentre(StoreError):
    says = "The keys in this file are not those of the centre with that fingerprint."
    do = "Believe nothing in it; compare the fingerprint with the ministry's letter."
    exit_code = 5


class SealedFile(StoreError):
    says = "This file is sealed (age): only the PC or the centre that it is for can open and check it."
    do = "Check it there: `nocopy carry in` or `nocopy centre accept` verify it before anything is taken."


class CodeUsed(StoreError):
    says = "This PC was enrolled with this code already, and a code is good once."
    do = "Ask the ministry for a new code."
    exit_code = 2
