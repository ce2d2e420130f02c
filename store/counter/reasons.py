"""Why a use is corrected or a visit cancelled: the codes on which hangs what the books do.

The words that an officer reads or types stand in the ledger beside a code and decide nothing.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A ready-made reason, or OTHER for one in the officer's own words.

    The first two are also the mark (`error`) on the correcting line; its format is in docs/formats.md.
    """

    WRONG_NUMBER = "wrong_number"
    """The use was about somebody whom nobody had come for: what was obtained is erased at once."""
    WRONG_SERVICE = "wrong_service"
    """The use is for the service that the correction names, and stands as it says."""
    NOT_WANTED = "not_wanted"
    """The citizen does not want to be looked up."""
    LEFT = "left"
    """The citizen has left."""
    NOT_USED = "not_used"
    """The document was not used."""
    WRONG_CHANNEL = "wrong_channel"
    """The document came in another way than the line says."""
    OTHER = "other"
