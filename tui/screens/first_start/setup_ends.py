"""The steps for gateways and for the ministry's centre; both may be left for later."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from store.settings.gateways import declared
from store.settings.rules import is_secret
from store.setup.form import CENTRE, fields_of, gateway_tables, is_optional
from tui.screens.first_start.answers import CENTRE_STEP, GATEWAYS_STEP, FirstStart, Missing
from tui.screens.first_start.setup_fields import Field, FieldsStep, never
from tui.words.cells import wrap
from tui.words.setup_words import checked_field, hint, label
from tui.words.translate import _


class _EndsStep(FieldsStep):
    """The fields of some tables; each table may stay empty."""

    @property
    def tables(self) -> tuple[str, ...]:
        raise NotImplementedError

    def fields(self) -> list[Field]:
        return [field for table in self.tables for field in _fields(self.start, table)]

    def point_at(self, missing: Missing) -> None:
        places = [(table, name) for table in self.tables for name in fields_of(table)]
        self.start.at[self.step] = places.index((missing.table, missing.field))

    def sentence(self) -> str:
        return _("What the office does not have yet stays empty. Enter goes on.")


class GatewaysStep(_EndsStep):
    """The fields of every gateway that a driver declares."""

    step = GATEWAYS_STEP

    @property
    def tables(self) -> tuple[str, ...]:
        return gateway_tables()

    def above(self) -> list[str]:
        return ["", *wrap(_("Can be done later: the head's settings."), self.room)]


class CentreStep(_EndsStep):
    """The ministry's centre, and the code of its letter."""

    step = CENTRE_STEP

    @property
    def tables(self) -> tuple[str, ...]:
        return (CENTRE,)

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
    heading = next((one.heading for one in declared() if one.table == table), "")

    def is_begun() -> bool:
        """Whether any field of the table was typed: then the others are needed."""
        return any(text.strip() for text in texts.values())

    def field(n: int, name: str) -> Field:
        needed: Callable[[], bool] = never if is_optional(table, name) else is_begun
        return Field(
            name,
            label(table, name),
            texts,
            partial(checked_field, table, name),
            needed=needed,
            hint=hint(table, name),
            heading=heading if n == 0 else "",
            secret=is_secret(f"{table}.{name}"),
        )

    return [field(n, name) for n, name in enumerate(fields_of(table))]
