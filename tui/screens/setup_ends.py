"""The other ends of the line in the first start: gateways and the ministry's centre. All may come later."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from store.adjustable import SECRETS
from store.setup_form import CENTRE, FIELDS, GATEWAYS, OPTIONAL
from tui.cells import wrap
from tui.first_start import CENTRE_STEP, GATEWAYS_STEP, FirstStart, Missing
from tui.messages import _, mark
from tui.screens.setup_fields import Field, FieldsStep, never
from tui.setup_words import HINTS, LABELS, checked_field

_HEADINGS = {
    "gateways.gdx": mark("GDx (the Linkage Center through it, too)"),
    "gateways.linkage2": mark("Linkage 2 (the Linkage Center asked directly)"),
}


class _EndsStep(FieldsStep):
    """The fields of some tables, of which each may stay empty as a whole."""

    tables: tuple[str, ...]

    def fields(self) -> list[Field]:
        return [field for table in self.tables for field in _fields(self.start, table)]

    def point_at(self, missing: Missing) -> None:
        places = [(table, name) for table in self.tables for name in FIELDS[table]]
        self.start.at[self.step] = places.index((missing.table, missing.field))

    def sentence(self) -> str:
        return _("What the office does not have yet stays empty. Enter goes on.")


class GatewaysStep(_EndsStep):
    """GDx and Linkage 2."""

    step = GATEWAYS_STEP
    tables = GATEWAYS

    def above(self) -> list[str]:
        return ["", *wrap(_("Can be done later: the head's settings."), self.room)]


class CentreStep(_EndsStep):
    """The ministry's centre, and the code of its letter."""

    step = CENTRE_STEP
    tables = (CENTRE,)

    def above(self) -> list[str]:
        return ["", *wrap(_("The ministry's centre, which takes the monthly reports."), self.room)]

    def below(self) -> list[str]:
        lines = [
            _("Can be done later, when the ministry's letter is there."),
            _("After the log-in the head enrols the office: Home shows it under “To do”."),
        ]
        return [part for line in lines for part in wrap(line, self.room)]


def _fields(start: FirstStart, table: str) -> list[Field]:
    texts = start.texts(table)

    def is_begun() -> bool:
        """One field of a table asks for the others."""
        return any(text.strip() for text in texts.values())

    def field(n: int, name: str) -> Field:
        needed: Callable[[], bool] = never if name in OPTIONAL else is_begun
        return Field(
            name,
            LABELS[f"{table}.{name}"],
            texts,
            partial(checked_field, table, name),
            needed=needed,
            hint=HINTS.get(f"{table}.{name}", ""),
            heading=_HEADINGS.get(table, "") if n == 0 else "",
            secret=f"{table}.{name}" in SECRETS,
        )

    return [field(n, name) for n, name in enumerate(FIELDS[table])]
