"""How long a card's answers take: the characters on a T=0 wire, at the speed that its ATR names.

Sources: ISO 7816-3 for the tables; the ATRs are those of real Thai ID cards.
"""

from __future__ import annotations

from dataclasses import dataclass

ATRS = {
    "6": bytes.fromhex("3B680000") + b"TH NID 6",
    "9": bytes.fromhex("3B78180000") + b"TH NID 9",
    "10": bytes.fromhex("3B79180000") + b"TH NID 10",
    "15": bytes.fromhex("3B799600FF") + b"TH NID 15",
    "17": bytes.fromhex("3B79960000") + b"TH NID 17",
    "18": bytes.fromhex("3B79960000") + b"TH NID 18",
}
"""The known ATRs by the number at their end. "6" names no speed (10,753 bit/s), "9" and "10" 129,032, the
others 250,000."""

_CLOCK_HZ = 4_000_000
_ETU_PER_CHARACTER = 12
_F = {1: 372, 9: 512}  # upper half of TA1: clocks
_D = {1: 1, 6: 32, 8: 12}  # lower half: parts of F in one etu
_DEFAULT_TA1 = 0x11


def seconds_per_character(atr: bytes) -> float:
    """What one character takes on the wire of a card with that ATR; KeyError for a speed not known here."""
    ta1 = atr[2] if atr[1] & 0x10 else _DEFAULT_TA1
    clocks = _F[ta1 >> 4] // _D[ta1 & 0x0F]
    return _ETU_PER_CHARACTER * clocks / _CLOCK_HZ


def characters(command: bytes, answer: bytes) -> int:
    """The characters of one command, the procedure byte, and the answer (data and status word)."""
    has_data = len(command) > 5 or len(answer) > 2
    return len(command) + has_data + len(answer)


@dataclass(frozen=True)
class Pace:
    """How slow a virtual reader is: so many seconds for each command, and the wire's time where `wire`."""

    seconds_per_command: float = 0.0
    wire: bool = False

    def seconds(self, atr: bytes, command: bytes, answer: bytes) -> float:
        """What this command and its answer take."""
        on_wire = characters(command, answer) * seconds_per_character(atr) if self.wire else 0.0
        return self.seconds_per_command + on_wire
