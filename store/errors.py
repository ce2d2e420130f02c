"""The tree of everything that can go wrong with the books."""

from __future__ import annotations

from reader.errors import NocopyError


class StoreError(NocopyError):
    """The root of this floor's errors."""


class NoBooks(StoreError):
    says = "There are no books in {home}."
    do = "Set this PC up with `nocopy setup --from FILE`, or try `nocopy practice`."
    exit_code = 4


class BooksExist(StoreError):
    says = "This PC already has books in {home}."
    do = "Nothing was changed."


class BadSetup(StoreError):
    says = "The setup file cannot be used: {field}: {problem}."
    do = "Mend the file and run setup again."
    exit_code = 2


class WrongPassphrase(StoreError):
    says = "The login or the passphrase is not right."
    do = "Type it again; check the keyboard's language."
    exit_code = 3


class MustChangePassphrase(StoreError):
    says = "{login} still has the first passphrase."
    do = "Change it with `nocopy passphrase` before anything else."
    exit_code = 3


class FirstPassphraseExpired(StoreError):
    says = "The first passphrase of {login} was good for 72 hours and is no longer valid."
    do = "Ask the head of the unit for a new one."
    exit_code = 3


class WeakPassphrase(StoreError):
    says = "This passphrase is too weak: {problem}."
    do = "Take four words, at least 12 characters, with no login, telephone, date or citizen's number."
    exit_code = 2


class NotAllowed(StoreError):
    says = "{login} may not do this: {action}."
    do = "Someone with the role {roles} must do it."
    exit_code = 3


class NotFound(StoreError):
    says = "There is no {what} {name}."
    do = "Check the number or the code."
    exit_code = 4


class WrongState(StoreError):
    says = "This cannot be done now: {problem}."
    do = "Nothing was changed."


class BadInput(StoreError):
    says = "{what} is not right: {problem}."
    do = "Correct it and try again."
    exit_code = 2


class MonthNotOver(WrongState):
    says = "{month} is not over by the clock of this PC, so it cannot be cut off."
    do = "Nothing was changed."


class AlreadyCutOff(WrongState):
    says = "{month} is cut off already."
    do = "Nothing was changed."


class ClockDoubtful(WrongState):
    says = "The clock of this PC jumped ahead: nothing is cut off until someone says that the date is right."
    do = "The controller or the head confirms the date, or sets the clock right."


class LedgerBroken(StoreError):
    says = "The ledger is broken at line {seq} ({month}): {problem}."
    do = "Take no more visits on this PC, delete and restore nothing, tell the head and ICT."
    exit_code = 5


class BooksBusy(StoreError):
    says = "Another program is holding the books for too long."
    do = "Close it and try again."


class DiskFull(StoreError):
    says = "The disk of this PC is full: nothing was written."
    do = "Delete what is not needed (never in {home}), then do it again."


class WrongKey(StoreError):
    says = "The books in {home} cannot be opened with this key, or are not books at all."
    do = "Change nothing in that folder, tell the head and ICT."
    exit_code = 5


class BooksDamaged(StoreError):
    says = "The file of the books in {home} is damaged, or its disk is failing."
    do = "Take no more visits on this PC, tell the head and ICT."
    exit_code = 5


class KeysDamaged(StoreError):
    says = "The keys in {home} are damaged: {problem}."
    do = "Change nothing in that folder, tell the head and ICT."
    exit_code = 5


class Refused(StoreError):
    says = "The books refused a change: {rule}."
    do = "Nothing was changed; tell ICT."


class NotAppointed(StoreError):
    says = "The appointment of {login} does not hold today."
    do = "Ask the head of the unit; look also whether this PC's date is right."
    exit_code = 3


class BadNote(StoreError):
    """A checkpoint that is not in C2SP signed-note form, or whose signature does not fit."""

    says = "A checkpoint cannot be trusted: {problem}."
    do = "Nothing was taken from it."
    exit_code = 5


class NoSigningKey(StoreError):
    says = "{login} has no signing key yet."
    do = "Change the first passphrase with `nocopy passphrase`."
    exit_code = 3


# --- signed files (store/jws.py) ---


class BadSignature(StoreError):
    """The root of what a signed file can be refused for."""

    says = "A signed file cannot be trusted."
    do = "Nothing was taken from it."
    exit_code = 5


class DamagedJws(BadSignature):
    says = "A signed file is damaged or not in the agreed form ({part})."


class ForbiddenHeader(BadSignature):
    says = "A signed file tells its reader how to trust it ({name}), which is not allowed."


class WrongAlgorithm(BadSignature):
    says = "A signed file uses the algorithm {alg}; only Ed25519 is allowed."


class WrongKind(BadSignature):
    says = "A signed file is of another kind: {typ} where {expected} was expected."


class UnknownSigner(BadSignature):
    says = "A file is signed with a key that is not known here ({kid})."


class ForgedCentre(BadSignature):
    says = "The answer to the enrolment is not from the ministry's centre: its keys do not match the code."
    do = "Nothing was accepted. Check the address and the code, and tell ICT."


class SameSigner(BadSignature):
    says = "A file is signed twice with the same key ({kid})."


class WrongSignature(BadSignature):
    says = "A file was changed after it was signed, or the signature was forged ({kid})."


# --- visits, the queue and the month ---


class VisitEnded(WrongState):
    says = "Visit {visit} is already {state}."


class HasLines(WrongState):
    says = "Visit {visit} already stands in the ledger, so it cannot simply be forgotten."
    do = "Cancel it with a reason."


class DocumentSettled(WrongState):
    says = "{document} is already {state} in this visit."


class StillMissing(WrongState):
    says = "{count} documents of this visit are still missing."
    do = "Wait for them, replace them by originals, or finish the visit without them."


class NoSuchWay(BadInput):
    says = "{document} cannot come by the channel {channel} in this visit."
    do = "Choose another channel."


class JobEnded(WrongState):
    says = "This request is already {state}."


class OnlyLookups(WrongState):
    says = "What goes to the ministry's centre is not cancelled, only sent again."


class WrongStep(WrongState):
    says = "The month {month} is {state}, so this is not its next step."


class SamePerson(NotAllowed):
    says = "{login} has already signed {month} as {role}: who prepares does not check."
    do = "Someone else must log in for this step."


class NobodyToSign(WrongState):
    says = "Nobody else with the role {role} has a signing key yet."
    do = "Let that person log in once and change the first passphrase; then sign."


class Undecided(WrongState):
    says = "The month cannot be signed yet: {count} findings are still without a decision."
    do = "Decide them one by one, or give one reason for all."


class MustBeFlagged(WrongState):
    says = "{count} findings were not accepted, so the month can only be reported as abnormal."
    do = "Flag it, or accept them with a reason."


class PeopleChanged(WrongState):
    says = "The people of the unit, or their keys, changed after the summary of {month}."
    do = "Send the month back, so that it is summarised with the people as they are now."


class BadReceipt(StoreError):
    """The centre's receipt is about something else than what was sent."""

    says = "The receipt does not belong to what was sent ({part})."
    do = "The report still counts as not received; tell ICT."
    exit_code = 5
