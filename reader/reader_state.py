"""What happens at the readers, and how one stands: the codes alone, without what reads cards."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """What the watch tells (reader/watch.py says what comes with each)."""

    NO_SERVICE = "no_service"
    NO_READER = "no_reader"
    EMPTY = "empty"
    INSERTED = "inserted"
    CARD = "card"
    PROGRESS = "progress"
    PHOTO = "photo"
    REMOVED = "removed"
    FAILED = "failed"


class ReaderState(StrEnum):
    """How the reader that is looked at stands; most are what the watch called its last event."""

    UNKNOWN = "unknown"
    NO_SERVICE = EventKind.NO_SERVICE
    HANGS = "hangs"
    NO_READER = EventKind.NO_READER
    EMPTY = EventKind.EMPTY
    READING = "reading"
    TEXT = "text"  # the photo follows
    WHOLE = "whole"
    FAILED = EventKind.FAILED
