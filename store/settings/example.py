"""The example catalogue that comes with the program, with which new books begin."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from store.settings.catalogue import Needed, Whose
from store.settings.content import Content


def example_services() -> dict[str, str]:
    """{code: name} of the example catalogue's services."""
    return {service["code"]: service["name"] for service in _example()["service"]}


def example_content() -> Content:
    """The example catalogue; each of its rows is marked by `example`."""
    example = _example()
    documents = [
        {
            **{name: one[name] for name in ("code", "name", "short", "owner", "channels")},
            "codes": {name: value for name, value in one.items() if isinstance(value, dict)},
            "keep": one.get("keep", []),
            "example": True,
        }
        for one in example["document"]
    ]
    services = []
    for one in example["service"]:
        listed = [(item, Needed.REQUIRED) for item in one["required"]]
        listed += [(item, Needed.IF_ANY) for item in one.get("if_any", [])]
        services.append(
            {
                **{name: one[name] for name in ("code", "name", "purpose")},
                **{"legal": example["legal"], "example": True},
                "documents": [_need(item, need) for item, need in listed],
            }
        )
    return Content.of({"documents": documents, "services": services})


def _need(item: str, need: str) -> dict[str, str]:
    """A document of a service: "D01" is the subject's, "D01 comer" that of who stands at the counter."""
    code, _, whose = item.partition(" ")
    return {"document": code, "need": str(need), "whose": whose or str(Whose.SUBJECT)}


@cache
def _example() -> dict[str, Any]:
    return tomllib.loads(files("store.settings").joinpath("example_catalogue.toml").read_text("utf-8"))
