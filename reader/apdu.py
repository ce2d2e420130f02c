"""Exchanges commands (APDUs) with the chip, in all the ways chips answer, and reads whole cards.

A `Transmit` sends one command and returns its data and status word. Nothing here sends VERIFY, because a
wrong PIN can block a citizen's card. Only two applets are ever selected: the personal data's and, on
request, that of the number on the card's back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reader import layout
from reader.card import Card
from reader.decoding import decode, decode_laser, is_half_a_picture
from reader.errors import (
    CardFault,
    CardSwapped,
    NotThaiCard,
    ReaderError,
    ReadingCancelled,
    ShortRead,
    UnknownLayout,
)
from reader.layout import Layout, Span

Transmit = Callable[[bytes], tuple[bytes, int]]
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]

_PERSONAL_DATA = bytes.fromhex("00A4040008A000000054480001")
_BACK_OF_CARD = bytes.fromhex("00A4040008A000000084060002")
# The two commands for the number on the back, each with the length of its answer in bytes. The answer
# ends in the number (12 characters) and four bytes of padding.
_LASER = ((bytes.fromhex("8000000017"), 0x17), (bytes.fromhex("8000000007"), 0x10))
_LASER_END = 16
_NOT_OURS = frozenset({0x6A82, 0x6A81, 0x6D00, 0x6E00})
_DONE = 0x9000
_WRONG_P2 = frozenset({0x6A86, 0x6B00})

# A sound answer needs two or three rounds; a chip that offers more without end is broken.
_MOST_ROUNDS = 32


def read_text(transmit: Transmit, atr: bytes) -> Card:
    """Select the applet and read all text in 3 blocks: at most 7 commands for layout 0003.

    Raises NotThaiCard, UnknownLayout, CardFault, ShortRead, or what the link raises. Only the first
    block (number, names, birth) is required. Fields in another block that the card refuses twice are
    "not read" in the card's problems.
    """
    chip = _Chip(transmit, atr)
    chip.select(_PERSONAL_DATA)
    version, head = _first_block(chip)
    kind = layout.LAYOUTS[version]
    for block in layout.HEAD_BLOCKS[1:]:
        head += chip.read_if_given(block, kind.instruction) or b""
    return decode(version, head, *_tail(chip, kind))


def read_photo(
    transmit: Transmit,
    atr: bytes,
    card: Card,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> bytes:
    """The photo's bytes, of the length that the card states, over the same link as the card's text.

    Where that length cuts the JPEG short, the rest of the picture is read too.

    `progress` gets the bytes read so far and the total after each block. The citizen ID is read once more
    at the end: raises CardSwapped where it has changed. Raises ReadingCancelled where `cancelled` returns
    True.
    """
    chip = _Chip(transmit, atr)
    instruction = layout.LAYOUTS[card.layout].instruction
    # An impossible length is flagged in the card's problems; then the photo's whole area is read.
    total = min(card.photo_length, layout.PHOTO.length)

    def read_up_to(end: int, photo: bytes) -> bytes:
        if cancelled and cancelled():
            raise ReadingCancelled
        length = min(layout.LARGEST_READ, end - len(photo))
        photo += chip.read(Span(layout.PHOTO.offset + len(photo), length), instruction)
        if progress:
            progress(len(photo), end)
        return photo

    photo = b""
    while len(photo) < total:
        photo = read_up_to(total, photo)
    if is_half_a_picture(photo):
        photo = _rest_of_picture(photo, read_up_to)
    if chip.read(layout.CITIZEN_ID, instruction) != card.number_field:
        raise CardSwapped
    return photo


def _rest_of_picture(photo: bytes, read_up_to: Callable[[int, bytes], bytes]) -> bytes:
    """The whole picture, read past the length that the card states; `photo` itself where no end is found."""
    longer = photo
    try:
        while len(longer) < layout.PHOTO.length:
            longer = read_up_to(layout.PHOTO.length, longer)
            if not is_half_a_picture(longer):
                return longer
    except (CardFault, ShortRead):
        pass  # the card's file ends here
    return photo


def read_laser(transmit: Transmit, atr: bytes, card: Card) -> Card:
    """The card with the number on its back, or the same card where the chip does not give it.

    Call it last: it leaves the personal data's applet, and old chips refuse with various errors.
    Raises CardSwapped where the citizen ID read afterwards is another.
    """
    chip = _Chip(transmit, atr)
    try:
        answer = chip.laser()
        chip.select(_PERSONAL_DATA)
        after = chip.read(layout.CITIZEN_ID, layout.LAYOUTS[card.layout].instruction)
    except ReaderError:
        return card
    if after != card.number_field:
        raise CardSwapped
    problems = list(card.problems)
    return replace(card, laser=decode_laser(answer, problems), problems=tuple(problems))


def _first_block(chip: _Chip) -> tuple[str, bytes]:
    """The layout version and the first block, read with that version's instruction."""
    block, instruction = layout.HEAD_BLOCKS[0], layout.READ_BINARY
    try:
        data = chip.read(block, instruction)
    except (CardFault, ShortRead) as refused:
        # On an old card READ BINARY reads another file, which may be shorter than this block.
        instruction = layout.READ_FIRST_FILE
        try:
            data = chip.read(block, instruction)
        except (CardFault, ShortRead):
            raise refused from None
    kind = _layout(data)
    if kind.instruction != instruction:
        data = chip.read(block, kind.instruction)
    return kind.version, data


def _tail(chip: _Chip, kind: Layout) -> tuple[bytes | None, bytes | None]:
    """The address, and the number under the photo, each None where the card does not give it."""
    data = chip.read_if_given(kind.tail, layout.READ_BINARY)
    if data is None and kind.tail != kind.address:
        return chip.read_if_given(kind.address, layout.READ_BINARY), None  # its file ends with the address
    if data is None:
        return None, None
    return data[: kind.address_length], data[kind.address_length :] or None


def _layout(data: bytes) -> Layout:
    version = data[layout.VERSION.offset : layout.VERSION.end]
    known = layout.LAYOUTS.get(version.decode("ascii", errors="replace"))
    if known is None:
        raise UnknownLayout(layout=version.decode() if version.isalnum() else version.hex())
    return known


class _Chip:
    """One exchange with a chip: sends commands and collects the answer in whichever way the chip gives it."""

    def __init__(self, transmit: Transmit, atr: bytes) -> None:
        self._transmit = transmit
        # Some chips want GET RESPONSE with P2 = 1. The ATR is only a hint, so _get_response tries the other.
        self._p2 = 1 if atr.startswith(b"\x3b\x67") else 0
        self._may_flip = True

    def select(self, applet: bytes) -> None:
        _, sw = self._transmit(applet)
        if sw in _NOT_OURS:
            raise NotThaiCard
        if sw != _DONE and sw >> 8 != 0x61:
            raise CardFault(sw=f"{sw:04X}")

    def read_if_given(self, span: Span, instruction: int) -> bytes | None:
        """The bytes of the span, or None where the card refuses them twice."""
        try:
            return self.read(span, instruction)
        except (CardFault, ShortRead):
            pass
        try:
            self.select(_PERSONAL_DATA)  # a chip that lost its selected applet refuses every read
            return self.read(span, instruction)
        except (CardFault, ShortRead):
            return None

    def laser(self) -> bytes:
        """The end of the answer with the number on the back; raises CardFault, ShortRead, NotThaiCard."""
        self.select(_BACK_OF_CARD)
        answer = b""
        for command, length in _LASER:
            data, sw = self._transmit(command)
            if sw >> 8 == 0x6C:
                data, sw = self._transmit(command[:-1] + bytes((sw & 0xFF,)))
            if sw == _DONE or sw >> 8 == 0x61:
                answer = self._collect(data, sw, length)
            if len(answer) == length:
                return answer[-_LASER_END:]
        raise ShortRead(asked=length, got=len(answer))

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
        """The bytes of one read; True with them unless the card asked for a shorter read (6C LL)."""
        command = bytes((0x80, instruction)) + offset.to_bytes(2, "big") + b"\x02" + length.to_bytes(2, "big")
        data, sw = self._transmit(command)
        if sw >> 8 != 0x6C:
            return self._collect(data, sw, length), True
        offered = sw & 0xFF or 256
        if offered == length:
            # The card wants the same length once more, as Le.
            return self._collect(*self._transmit(command + command[-1:]), length), True
        if offered > length:
            raise CardFault(sw=f"{sw:04X}")
        shorter = command[:-2] + offered.to_bytes(2, "big")
        return self._collect(*self._transmit(shorter), offered), False

    def _collect(self, data: bytes, sw: int, length: int) -> bytes:
        """The whole answer, fetched by GET RESPONSE where the chip does not send it at once."""
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
        """One GET RESPONSE; raises ShortRead where it gives more or fewer bytes than asked for."""
        data, sw = self._ask_response(length)
        if sw in _WRONG_P2 and self._may_flip:
            self._may_flip = False
            self._p2 ^= 1
            data, sw = self._ask_response(length)
        if sw >> 8 == 0x6C:
            length = sw & 0xFF
            data, sw = self._ask_response(length)
        if (sw == _DONE or sw >> 8 == 0x61) and len(data) != (length or 256):
            raise ShortRead(asked=length or 256, got=len(data))
        return data, sw

    def _ask_response(self, length: int) -> tuple[bytes, int]:
        return self._transmit(bytes((0x00, 0xC0, 0x00, self._p2, length)))
