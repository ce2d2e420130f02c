"""Addresses of the other ends, as somebody types them: what may be kept, and what may travel to them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_FORM = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
_LONGEST_LABEL = 63  # of a host's name, by the rules of DNS


def is_address(url: str) -> bool:
    """Whether it is of the form http(s)://name/path, in ASCII, with nothing after the path."""
    if not _FORM.fullmatch(url) or not is_plain(url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # either may be refused
    except ValueError:
        return False
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what goes to that address: https, or this PC itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def is_plain(text: str) -> bool:
    """Whether a header and a URL can hold it."""
    return text.isascii() and text.isprintable()
