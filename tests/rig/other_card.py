"""A second virtual ID card that shares no code with the program, written from the card's description alone.

It answers reads in each of the ways in which real cards do:
    61      61 LL, then GET RESPONSE
    pieces  61 LL with at most 64 bytes at a time
    direct  data and 9000 at once
    bare    9000 without data, then GET RESPONSE with the asked length
    6C      6C LL, until the command names the length of the answer
"""

from __future__ import annotations

import socket
import struct
import threading
from types import TracebackType
from typing import Self

CITIZEN_ID = "1234567890121"
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9 + b" " * 900 + b"\x00\x20" * 500 + b"\xff\xd9"


def card_file() -> bytes:
    memory = bytearray(b"\x20" * 5700)

    def put(offset: int, data: bytes) -> None:
        memory[offset : offset + len(data)] = data

    put(0x0000, b"0003")
    put(0x0004, CITIZEN_ID.encode())
    put(0x0011, "นางสาว#ทดสอบ#กลาง#ระบบดี".encode("tis-620"))
    put(0x0075, b"Miss#Thotsop#Klang#Rabopdee")
    put(0x00D9, b"25350700")
    put(0x00E1, b"2")
    put(0x00F6, "อำเภอเมืองเชียงใหม่/เชียงใหม่".encode("tis-620"))
    put(0x0167, b"25660228")
    put(0x016F, b"25750630")
    put(0x0177, b"01")
    put(0x0179, struct.pack(">H", len(PHOTO)))
    put(0x017B, PHOTO)
    put(
        0x1579,
        "5/1#หมู่ที่ 3#ตรอกเล็ก#ซอยยาว 2#ถนนใหญ่#ตำบลช้างคลาน#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่".encode("tis-620"),
    )
    put(0x1619, b"50010102281234")
    return bytes(memory)


class OtherCard:
    """In the reader while the `with` block runs."""

    def __init__(self, way: str, port: int = 35963) -> None:
        self.way = way
        self.commands: list[bytes] = []
        self.memory = card_file()
        self.open_applet = False
        self.left = b""
        self.line = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.line.settimeout(None)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.line.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.line.close()

    def take(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = self.line.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def serve(self) -> None:
        try:
            while True:
                (length,) = struct.unpack(">H", self.take(2))
                message = self.take(length)
                if length > 1:
                    self.commands.append(message)
                    reply = self.answer(message)
                elif message == b"\x04":
                    reply = bytes.fromhex("3B6800005448204E49442036")
                else:
                    self.open_applet, self.left = False, b""
                    continue
                self.line.sendall(struct.pack(">H", len(reply)) + reply)
        except (EOFError, OSError):
            return

    def answer(self, command: bytes) -> bytes:
        if command[:4] == bytes.fromhex("00A40400"):
            self.open_applet = command[5:] == bytes.fromhex("A000000054480001")
            return b"\x90\x00" if self.open_applet else b"\x6a\x82"
        if not self.open_applet:
            return b"\x69\x85"
        if command[:4] == bytes.fromhex("00C00000"):
            return self.hand_out(command[4] or 256)
        if command[:2] == b"\x80\xb0" and command[4] == 2:
            return self.read(command)
        return b"\x6d\x00"

    def read(self, command: bytes) -> bytes:
        offset, length = struct.unpack(">HxH", command[2:7])
        data = self.memory[offset : offset + length]
        if self.way == "direct" or (self.way == "6C" and command[7:] == bytes([length])):
            return data + b"\x90\x00"
        if self.way == "6C":
            return bytes([0x6C, length])
        self.left = data
        if self.way == "bare":
            return b"\x90\x00"
        return bytes([0x61, min(length, 64) if self.way == "pieces" else length])

    def hand_out(self, length: int) -> bytes:
        data, self.left = self.left[:length], self.left[length:]
        return data + (bytes([0x61, min(len(self.left), 64)]) if self.left else b"\x90\x00")
