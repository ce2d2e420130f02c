"""Errors of what the head decides: nothing leaves this PC by settings that the head did not sign.

StoreError
    NothingSent
        NotSignedYet
        NotAsSigned
"""

from __future__ import annotations

from store.errors import StoreError


class NothingSent(StoreError):
    """The settings in the books are not, or not known to be, those that a head signed."""


class NotSignedYet(NothingSent):
    says = "The head has not signed the settings of this PC yet: nothing is sent, and no setting is changed."
    do = "The head signs them once, with the list of people: at Home, or with `nocopy people sign`."
    exit_code = 6


class NotAsSigned(NothingSent):
    """`what` is a setting's name, a document's or a service's code, or a message id."""

    says = "What the head signed was changed in these books ({what}): nothing is sent."
    do = (
        "Tell the head and ICT. Where one value was changed, the head's next change of a setting puts back"
        " what was signed; where a signed document is gone, a backup must be put back."
    )
    exit_code = 5
