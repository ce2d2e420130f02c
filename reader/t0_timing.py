"""How long a card's answers take: the characters on a T=0 wire, at the speed given in the ATR.

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
"""The known ATRs by the number at their end. "6" gives no speed, so the default of 10,753 bit/s holds; "9"
and "10" give 129,032, the others 250,000."""

_CLOCK_HZ = 4_000_000
_ETU_PER_CHARACTER = 12
_F = {1: 372, 9: 512}  # by the upper half of TA1: F, in clock cycles
_D = {1: 1, 6: 32, 8: 12}  # by the lower half: D; one etu lasts F / D cycles
_DEFAULT_TA1 = 0x11


def seconds_per_character(atr: bytes) -> float:
    """The seconds of one character on the wire of a card with that ATR; KeyError for an unknown speed."""
    ta1 = atr[2] if atr[1] & 0x10 else _DEFAULT_TA1
    clocks = _F[ta1 >> 4] // _D[ta1 & 0x0F]
    return _ETU_PER_CHARACTER * clocks / _CLOCK_HZ


def characters(command: bytes, answer: bytes) -> int:
    """The number of characters: the command, the procedure byte, and the answer (data and status word)."""
    has_data = len(command) > 5 or len(answer) > 2
    return len(command) + has_data + len(answer)


@dataclass(frozen=True)
class Pace:
    """The speed of a virtual reader: seconds for each command, plus the time on the wire where `wire`."""

    seconds_per_command: float = 0.0
    wire: bool = False

    def seconds(self, atr: bytes, command: bytes, answer: bytes) -> float:
        """The seconds that this command and its answer take."""
        on_wire = characters(command, answer) * seconds_per_character(atr) if self.wire else 0.0
        return self.seconds_per_command + on_wire
