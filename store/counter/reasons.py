"""The codes for why a use is corrected or a visit cancelled; the books act on the code.

The words that an officer chooses or types are written to the ledger beside the code, and nothing depends on
them.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason that can be chosen, or OTHER for one in the officer's own words.

    The first two are also the mark (`error`) on the correcting line; its format is in docs/formats.md.
    """

    WRONG_NUMBER = "wrong_number"
    """The use was about the wrong person, by a wrong number: its answer is erased at once."""
    WRONG_SERVICE = "wrong_service"
    """The use belongs to the service that the correction names, with the outcome that it names."""
    NOT_WANTED = "not_wanted"
    """The citizen does not want to be looked up."""
    LEFT = "left"
    """The citizen has left."""
    NOT_USED = "not_used"
    """The document was not used."""
    WRONG_CHANNEL = "wrong_channel"
    """The document came by another channel than the line says."""
    OTHER = "other"
