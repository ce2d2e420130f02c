"""The errors of cards and readers.

NocopyError, the root for all four floors, is defined here because this is the lowest floor.

NocopyError
    ReaderError
        BadCitizenId             the number typed or read is no citizen ID
            NotThirteenDigits
            NotOnlyDigits
            NumberLost           a card was read, but not its number
        NoCardService            the PC's card service is stopped or not installed
            CardServiceHangs
            CardSoftwareMissing
            CardServiceRefused
        ReaderRefused            the PC lists the reader, but does not let this user connect to its cards
        NoReader                 nothing is plugged in
            NoSuchReader         the reader that was named is not there
        NoCard                   nothing is put in
        MuteCard                 this card cannot be read
        NotThaiCard              this card cannot be read
        UnknownLayout            this card cannot be read
        CardRemoved              the link to the card broke
        CardHeld                 the link to the card broke
        CardReset                the link to the card broke
        ReaderFault              the link to the card broke (fact `code`)
        CardFault                the card answered, but not with what was asked
        ShortRead                the card answered, but not with what was asked
        CardSwapped              another card answered in the middle of the reading
        ReadingCancelled         this program itself stopped the reading

Where PC/SC gave a code, it is the fact `code`, written like 0x80100066.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar


class NocopyError(Exception):
    """An expected failure, explained in one sentence with one piece of advice.

    `says` (what happened) and `do` (what to do now) are English templates and also the message ids for
    translation; `facts` fills their {placeholders}. Where `do` names a key of the screen, the command line
    shows `do_at_command_line` instead. `exit_code` is the exit code of the command line:
    1 failed, 2 usage, 3 not allowed, 4 not there, 5 integrity, 6 waiting.
    """

    says = "Something went wrong."
    do = ""
    do_at_command_line = ""
    exit_code = 1

    def __init__(self, **facts: str | int) -> None:
        self.facts = facts
        super().__init__(" ".join(part.format(**facts) for part in (self.says, self.do) if part))


class ReaderError(NocopyError):
    """The root of this floor's errors.

    `kind` is the error's name in JSON and in tables of words (MuteCard: mute_card). `may_pass` is True where
    another try with the same card may succeed: reader.reading tries again before it raises such an error.
    """

    kind: ClassVar[str] = "reader_error"
    may_pass: ClassVar[bool] = False

    def __init_subclass__(cls, **parameters: Any) -> None:
        super().__init_subclass__(**parameters)
        cls.kind = re.sub("(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class BadCitizenId(ReaderError):
    says = "The number is not right: its last digit does not match the first twelve."
    do = "Check it against the face of the card."
    exit_code = 2


class NotThirteenDigits(BadCitizenId):
    says = "The number is not right: it must have 13 digits, and this has {count}."


class NotOnlyDigits(BadCitizenId):
    says = "The number is not right: letters stand in it. Type its 13 digits alone."


class NumberLost(BadCitizenId):
    says = "The number on the chip of this card cannot be read. Nothing has been recorded or asked."
    do = "Wipe the chip and put the card in again, or go on with the number on the card's face."


class NoCardService(ReaderError):
    says = "The card service of this PC does not answer."
    do = "Start pcscd, or run `nocopy doctor`. Meanwhile F2 lets you work by typing the number."
    do_at_command_line = "Start pcscd, or run `nocopy doctor`."
    exit_code = 4


class CardServiceHangs(NoCardService):
    says = "The card reader hangs, or the card service of this PC does."
    do = (
        "Plug the reader's USB cable in again; if that does not help, restart the PC. "
        "Meanwhile F2 lets you work by typing the number."
    )
    do_at_command_line = (
        "Plug the reader's USB cable in again; if that does not help: `sudo systemctl restart pcscd`."
    )


class CardSoftwareMissing(NoCardService):
    says = "The part that talks to card readers is not installed on this PC."
    do = "Run `nocopy doctor`: it says what to install. Meanwhile press F2 and type the number."
    do_at_command_line = "Run `nocopy doctor`: it says what to install."


class CardServiceRefused(NoCardService):
    says = "This PC does not let this user use its card readers."
    do = "Work at the PC itself, or let ICT run `nocopy doctor`. Meanwhile press F2 and type the number."
    do_at_command_line = "Work at the PC itself, or let ICT run `nocopy doctor`."


class ReaderRefused(ReaderError):
    says = CardServiceRefused.says
    do = CardServiceRefused.do
    do_at_command_line = CardServiceRefused.do_at_command_line
    exit_code = 4


class NoReader(ReaderError):
    says = "No card reader was found."
    do = "Plug its USB cable in again and press F5. Meanwhile F2 lets you work by typing the number."
    do_at_command_line = "Plug its USB cable in again."
    exit_code = 4


class NoSuchReader(NoReader):
    says = "The card reader {reader} is not there."
    do = "Plug it in, or choose another reader."


class NoCard(ReaderError):
    says = "There is no card in the reader."
    do = "Put the citizen's ID card in, or press F2 if there is none."
    do_at_command_line = "Put the citizen's ID card in."
    exit_code = 4


class MuteCard(ReaderError):
    says = (
        "The card cannot be read: its chip does not answer. "
        "Nothing about the citizen has been recorded or asked."
    )
    do = "Take the card out, wipe its chip, put it in again with the chip first: the program reads by itself."
    exit_code = 4
    may_pass = True


class NotThaiCard(ReaderError):
    says = "This is not a national ID card, so there is nothing to read."
    do = "Ask the citizen for the ID card, or press F2 if there is none."
    do_at_command_line = "Ask the citizen for the ID card."
    exit_code = 4


class UnknownLayout(ReaderError):
    says = "This ID card is of a kind that the program does not know (layout {layout})."
    do = "Press F2 and type the number from the card's face; tell ICT the layout."
    do_at_command_line = "Tell ICT the layout."


class CardRemoved(ReaderError):
    says = "The card was taken out before it was read."
    do = "Put it in again and leave it there: the program reads by itself."
    exit_code = 4
    may_pass = True


class CardHeld(ReaderError):
    says = "Another program is using the card."
    do = "Wait until it has finished, or close it (GovAMI perhaps): then the program reads by itself."
    may_pass = True


class CardReset(ReaderError):
    says = "Another program interrupted the reading of the card."
    do = "Press F5 to read it again."
    do_at_command_line = "Read it again."
    may_pass = True


class ReaderFault(ReaderError):
    says = "The reader lost touch with the card (code {code})."
    do = "Take the card out and put it in again; if that does not help, plug the reader's USB cable in again."
    may_pass = True


class CardFault(ReaderError):
    says = "The card gave an answer that cannot be used (status {sw})."
    do = "Take the card out and put it in again; if it happens again, press F2 and type the number."
    do_at_command_line = "Take the card out and put it in again."
    may_pass = True


class ShortRead(ReaderError):
    says = "The card gave {got} bytes where {asked} were asked for, so nothing of it was used."
    do = "Take the card out and put it in again; if it happens again, press F2 and type the number."
    do_at_command_line = "Take the card out and put it in again."
    may_pass = True


class CardSwapped(ReaderError):
    says = "Another card answered while this one was being read, so everything was thrown away."
    do = "Take the card out and put in the right one."


class ReadingCancelled(ReaderError):
    says = "The reading of the card was stopped."
