"""Checks of the addresses (URLs) of gateways and centre, as somebody types them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

_FORM = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
_LONGEST_LABEL = 63  # of a host's name, by the rules of DNS


def is_address(url: str) -> bool:
    """Whether the text has the form http(s)://name/path, in ASCII, without query, fragment or user name."""
    if not _FORM.fullmatch(url) or not is_plain(url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # either may raise ValueError
    except ValueError:
        return False
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))


def is_private(url: str) -> bool:
    """Whether nobody on the network can read what is sent to that address: https, or this PC itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def is_plain(text: str) -> bool:
    """Whether the text can be part of an HTTP header or a URL: printable ASCII."""
    return text.isascii() and text.isprintable()
