"""The tree of everything that can go wrong with the books."""

from __future__ import annotations

from reader.errors import BadCitizenId, NocopyError


class StoreError(NocopyError):
    """The root of this floor's errors."""


class NoBooks(StoreError):
    says = "There are no books in {home}."
    do = "Set this PC up with `nocopy` or `nocopy setup --from FILE`, or try `nocopy practice`."
    exit_code = 4


class BooksMissing(StoreError):
    """An office's home folder without its books or without its keys: never a place for a new office."""

    says = "The books are missing here: {home} holds only a part of an office's files."
    do = "Delete nothing there; restore a backup with the recovery sheet: `nocopy restore FILE --replace`."
    exit_code = 5


class FolderClosed(StoreError):
    says = "This user of the PC may not write in {path}."
    do = "Run the program as the user who set it up, or ask ICT to give this user the folder."


class NoSuchFolder(StoreError):
    says = "There is no folder {folder}."
    do = "Make it first, or name another."
    exit_code = 4


class FolderFails(StoreError):
    says = "The file could not be written in {folder}: the disk or stick fails, or is gone."
    do = "Put the stick in again, or name another folder. Nothing else is lost."


class BooksExist(StoreError):
    says = "This PC already has books in {home}."
    do = "Nothing was changed."


class BadSetup(StoreError):
    says = "The setup file cannot be used: {field}: {problem}."
    do = "Mend the file, then take it again."
    do_at_command_line = "Mend the file and run setup again."
    exit_code = 2


class WrongPassphrase(StoreError):
    says = "The login or the passphrase is not right."
    do = "Type it again; check the keyboard's language."
    exit_code = 3


class WrongAgain(WrongPassphrase):
    """Several wrong passphrases followed each other: the next try has to wait."""

    do = "You can type it again in {seconds} seconds; check the keyboard's language."


class TooSoon(StoreError):
    """After wrong passphrases a person has to wait; what was typed was not looked at."""

    says = "After several wrong passphrases {login} has to wait."
    do = "You can type it again in {seconds} seconds."
    exit_code = 3


class WrongSheet(StoreError):
    says = "This is not the key of these books' recovery sheet."
    do = "Type it again from the paper; of several sheets only the newest is good."
    exit_code = 3


class SheetNotMatched(StoreError):
    says = "What was typed is not group {n} of the recovery sheet."
    do = "Nothing was deleted. Type that group again from the paper."
    exit_code = 2


class NoSheetToConfirm(StoreError):
    says = "The recovery sheet was typed back already."
    do = "Nothing was changed."


class LastHead(StoreError):
    says = "Without {name} the unit would have no head with a key of their own."
    do = "First appoint a successor without an end, who changes the first passphrase; then do it again."


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


class EvidenceContradicts(LedgerBroken):
    """A head that somebody keeps is not that of these lines, although the lines fit one another."""

    says = "The ledger was changed between line {seq} ({month}) and {last}: {kind} {by} knows others."


class LinesGone(LedgerBroken):
    says = "Lines are gone from line {seq} ({month}) on: {kind} {by} knows {known} lines, here are {size}."


class EvidenceForged(LedgerBroken):
    says = "What stands here of {kind} {by} for line {seq} ({month}) and on cannot be trusted: {problem}."


class OtherBooks(LedgerBroken):
    says = "From line {seq} ({month}) on these are not the books of {origin}."


class NoRoom(StoreError):
    """Nothing was begun."""

    says = "A backup needs {need} MB, and {folder} has {free} MB."
    do = "Make room there, or name another folder with `nocopy backup --to DIR`."


class NoFolder(StoreError):
    says = "{folder} cannot be written: no backup was made there."
    do = "Put the stick in, or name another folder with `nocopy backup --to DIR`."
    exit_code = 4


class NotABackup(StoreError):
    says = "{file} is not a whole backup of nocopy."
    do = "Take another backup."
    exit_code = 4


class AlreadyBooks(StoreError):
    says = "There are books in {home} already: a restore would put them aside."
    do = "If that is what you want, add --replace; the old files are kept beside."
    exit_code = 2


class BackupDamaged(StoreError):
    says = "The backup {file} cannot be read again as it was written: its disk or stick is failing."
    do = "Take another stick or another backup."
    exit_code = 5


class BooksReadAlone(StoreError):
    says = "These books are open for reading alone, because their ledger is broken: nothing was written."
    do = "Take no more visits on this PC, delete and restore nothing, tell the head and ICT."
    exit_code = 5


class BooksBusy(StoreError):
    says = "Another program is holding the books for too long."
    do = "Close it and try again."


class TooManyLines(StoreError):
    says = "{count} lines are too many for one paper, which holds {most} at most."
    do = "Narrow the search, with a month or a document for instance, and print again."


class DiskFull(StoreError):
    says = "The disk of this PC is full: nothing was written."
    do = "Delete what is not needed (never in {home}), then do it again."


class DiskShort(StoreError):
    says = "The disk of this PC has only {mb} MB left: no new visit can begin."
    do = "Free some space (never in {home}). Open visits, sending, export and backup go on meanwhile."


class NothingToArchive(StoreError):
    says = "No month is older than the {years} years for which this ledger is kept."
    do = "Nothing was changed."
    exit_code = 4


class ArchiveSealed(StoreError):
    says = "This key does not open the archive."
    do = "Take the recovery sheet of the office, or log in as the head who wrote it."
    exit_code = 3


class ArchiveDamaged(StoreError):
    says = "The archive does not hold what it says ({part})."
    do = "Keep it as it is, take another copy of it, tell ICT."
    exit_code = 5


class WrongKey(StoreError):
    says = "The books in {home} cannot be opened with this key, or are not books at all."
    do = "Change nothing in that folder, tell the head and ICT."
    exit_code = 5


class BooksDamaged(StoreError):
    says = "The file of the books in {home} is damaged, or its disk is failing."
    do = (
        "Take no more visits on this PC, tell the head and ICT."
        " The head puts a backup back: `nocopy restore FILE --replace`."
    )
    exit_code = 5


class KeysDamaged(StoreError):
    says = "The keys in {home} are damaged: {problem}."
    do = (
        "Change nothing in that folder, tell the head and ICT."
        " The head puts a backup back: `nocopy restore FILE --replace`."
    )
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


class NotThreeSigners(BadSignature):
    says = "A report is signed by an officer, a controller and a head, and by nobody else."


class SignedTwice(BadSignature):
    says = "One person signed a report twice."


class NotOnTheList(BadSignature):
    says = "The people list has nobody with this key as {role}."


class KeyPastItsDate(BadSignature):
    says = "The {role} signed with a key past its date: the appointment had ended."


class NotAppointedThen(BadSignature):
    says = "The {role} was not appointed yet at the time of signing."


class NothingSaid(BadSignature):
    says = "The head says neither approved nor flagged."


class NotOurFile(StoreError):
    says = "This is not a file of this program."
    do = "Look whether it is the right file."
    exit_code = 2


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


# --- visits, the queue and the month ---


class VisitEnded(WrongState):
    says = "Visit {visit} is already {state}."


class HasLines(WrongState):
    says = "Visit {visit} already stands in the ledger, so it cannot simply be forgotten."
    do = "Cancel it with a reason."


class OnlyUses(BadInput):
    says = "Line {seq} is no use of a document, so there is nothing to correct in it."
    do = "Choose the line of the use."


class NothingRecorded(WrongState):
    says = "Nothing was asked for in visit {visit} yet."


class DocumentSettled(WrongState):
    says = "{document} is already {state} in this visit."


class StillMissing(WrongState):
    says = "{count} documents of this visit are still missing."
    do = "Wait for them, replace them by originals, or finish the visit without them."


class BadCompanyNumber(BadCitizenId):
    says = "The company's number is not right: it has 13 digits, of which the last fits the others."
    do = "Check it against the company's certificate."


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
