"""The talk with the chip: commands (APDUs), every way in which it may answer, and whole readings.

A `Transmit` sends one command and gives its data and status word. Nothing here sends VERIFY (a
wrong PIN can block a citizen's card), and no applet but the personal data's is ever chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from reader import layout
from reader.card import Card, decode, decode_citizen_id
from reader.errors import CardFault, CardSwapped, NotThaiCard, ReadingCancelled, ShortRead, UnknownLayout
from reader.layout import Layout, Span

Transmit = Callable[[bytes], tuple[bytes, int]]
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

_SELECT = bytes.fromhex("00A4040008A000000054480001")
_NOT_OURS = frozenset({0x6A82, 0x6A81, 0x6D00, 0x6E00})
_DONE = 0x9000
_WRONG_P2 = frozenset({0x6A86, 0x6B00})

# A sound answer needs two or three rounds; a chip that never comes to an end is broken.
_MOST_ROUNDS = 32


def read_text(transmit: Transmit, atr: bytes) -> Card:
    """Choose the applet and read all text in 3 blocks: at most 7 commands for layout 0003.

    Raises NotThaiCard, UnknownLayout, CardFault, ShortRead, or what the link raises.
    """
    chip = _Chip(transmit, atr)
    chip.select()
    version, head = _first_block(chip)
    kind = layout.LAYOUTS[version]
    for block in layout.HEAD_BLOCKS[1:]:
        head += chip.read(block, kind.instruction)
    return decode(version, head, chip.read(kind.address, layout.READ_BINARY))


def read_photo(
    transmit: Transmit,
    atr: bytes,
    card: Card,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> bytes:
    """The photo's bytes, as long as the card states, over the same link as the card's text.

    `progress` gets the bytes done and in all after each block. The citizen ID is read once more at
    the end: raises CardSwapped when it is another. Raises ReadingCancelled when `cancelled` says so.
    """
    chip = _Chip(transmit, atr)
    instruction = layout.LAYOUTS[card.layout].instruction
    # An impossible length is flagged in the card's problems; then the whole area is given.
    total = min(card.photo_length, layout.PHOTO.length)
    photo = b""
    while len(photo) < total:
        if cancelled and cancelled():
            raise ReadingCancelled
        length = min(layout.LARGEST_READ, total - len(photo))
        photo += chip.read(Span(layout.PHOTO.offset + len(photo), length), instruction)
        if progress:
            progress(len(photo), total)
    if decode_citizen_id(chip.read(layout.CITIZEN_ID, instruction)) != card.citizen_id:
        raise CardSwapped
    return photo


def _first_block(chip: _Chip) -> tuple[str, bytes]:
    """The layout version and the first block, read in the way of that version."""
    block, instruction = layout.HEAD_BLOCKS[0], layout.READ_BINARY
    try:
        data = chip.read(block, instruction)
    except (CardFault, ShortRead) as refused:
        # The plain read of an old card may be too short for this block.
        instruction = layout.READ_FIRST_FILE
        try:
            data = chip.read(block, instruction)
        except (CardFault, ShortRead):
            raise refused from None
    kind = _layout(data)
    if kind.instruction != instruction:
        data = chip.read(block, kind.instruction)
    return kind.version, data


def _layout(data: bytes) -> Layout:
    version = data[layout.VERSION.offset : layout.VERSION.end]
    known = layout.LAYOUTS.get(version.decode("ascii", errors="replace"))
    if known is None:
        raise UnknownLayout(layout=version.decode() if version.isalnum() else version.hex())
    return known


class _Chip:
    """One conversation: sends commands and follows the chip's ways of handing out an answer."""

    def __init__(self, transmit: Transmit, atr: bytes) -> None:
        self._transmit = transmit
        # Some chips want GET RESPONSE with P2 = 1; which, their ATR tells only roughly.
        self._p2 = 1 if atr.startswith(b"\x3b\x67") else 0
        self._may_flip = True

    def select(self) -> None:
        _, sw = self._transmit(_SELECT)
        if sw in _NOT_OURS:
            raise NotThaiCard
        if sw != _DONE and sw >> 8 != 0x61:
            raise CardFault(sw=f"{sw:04X}")

    def read(self, span: Span, instruction: int) -> bytes:
        """Exactly the bytes of the span; raises CardFault or ShortRead."""
        data = b""
        while len(data) < span.length:
            part, whole = self._read_part(span.offset + len(data), span.length - len(data), instruction)
            data += part
            if whole or not part:
                break
        if len(data) != span.length:
            raise ShortRead(asked=span.length, got=len(data))
        return data

    def _read_part(self, offset: int, length: int, instruction: int) -> tuple[bytes, bool]:
        """What one read gives, and whether it should have been all (not cut by the card's 6C LL)."""
        command = bytes((0x80, instruction)) + offset.to_bytes(2, "big") + b"\x02" + length.to_bytes(2, "big")
        data, sw = self._transmit(command)
        if sw >> 8 != 0x6C:
            return self._collect(data, sw, length), True
        offered = sw & 0xFF or 256
        if offered == length:
            # It knows the length and wants it as the length of the answer too.
            return self._collect(*self._transmit(command + command[-1:]), length), True
        if offered > length:
            raise CardFault(sw=f"{sw:04X}")
        shorter = command[:-2] + offered.to_bytes(2, "big")
        return self._collect(*self._transmit(shorter), offered), False

    def _collect(self, data: bytes, sw: int, length: int) -> bytes:
        """The whole answer, fetched by GET RESPONSE where the chip keeps it back."""
        if sw == _DONE and not data:
            data, sw = self._get_response(length & 0xFF)
        for _ in range(_MOST_ROUNDS):
            if sw == _DONE:
                return data
            if sw >> 8 != 0x61:
                break
            more, sw = self._get_response(sw & 0xFF)
            data += more
        raise CardFault(sw=f"{sw:04X}")

    def _get_response(self, length: int) -> tuple[bytes, int]:
        data, sw = self._transmit(bytes((0x00, 0xC0, 0x00, self._p2, length)))
        if sw in _WRONG_P2 and self._may_flip:
            self._may_flip = False
            self._p2 ^= 1
            data, sw = self._transmit(bytes((0x00, 0xC0, 0x00, self._p2, length)))
        if sw >> 8 == 0x6C:
            data, sw = self._transmit(bytes((0x00, 0xC0, 0x00, self._p2, sw & 0xFF)))
        return data, sw
