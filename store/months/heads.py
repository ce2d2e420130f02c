"""The head of a month: its state, its signatures, its due dates, and why it was sent back or returned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK
from reader.sentences import mark
from store.formats import jws
from store.formats.roles import Role
from store.months.signatures import Signing
from store.months.values import MonthHead, SentBack, Signature, due_check, due_report, is_late, next_role
from store.spans import MonthRows, MonthState

if TYPE_CHECKING:
    from store.office import Office

ENROLLED_ANEW = mark("The unit was enrolled anew with other people; sign the month again.")
"""The reason of a month that must be signed again although nobody sent it back."""


class MonthHeads:
    """Reads the heads of one station's months."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database
        self._rows = MonthRows(office)
        self._signing = Signing(office)

    def of(self, month: str) -> MonthHead:
        """The head of a month at the present time; one without a row is open, or was only just cut off."""
        row = self._rows.get(month)
        state, revision = (MonthState.OPEN, 1) if row is None else (row["state"], row["revision"])
        if row is None and self._rows.span(month).is_cut:
            state = MonthState.CUT_OFF
        signatures = self._signing.of(month, revision)
        checked = [one.at for one in signatures if one.role == Role.CONTROLLER and not one.withdrawn]
        job = self._office.queue.get(row["job"]) if row and row["job"] else None
        today = self._office.clock().astimezone(BANGKOK).date()
        elsewhere = self._database.value("SELECT station FROM handed_over WHERE month = ?", (month,))
        # Only the first revision has due dates; a month handed to another PC is reported by that one.
        timely = revision > 1 or elsewhere is not None
        return MonthHead(
            month=month,
            revision=revision,
            state=state,
            due_check=due_check(month),
            due_report=due_report(month),
            late=not timely
            and is_late(
                month, today, _day(checked[0]) if checked else None, _day(job.made_at) if job else None
            ),
            next_role=None if elsewhere else next_role(state, today.isoformat()[:7] > month),
            signatures=signatures,
            job=job.id if job else None,
            receipt=jws.claims(row["receipt"].encode())[1] if row and row["receipt"] else None,
            sent_back=self._sent_back(month, signatures) if state == MonthState.CUT_OFF else None,
            returned=row["reason"] if row else None,
            handed_over=elsewhere,
        )

    def _sent_back(self, month: str, signatures: Sequence[Signature]) -> SentBack | None:
        """Why a month must be summarised again; None where no signatures were withdrawn."""
        withdrawn = [one.reason for one in signatures if one.withdrawn and one.reason]
        if not withdrawn:
            return None
        reason = withdrawn[-1]
        # Only the ledger says who sent the month back. After an enrolment with other people nobody did.
        by = self._database.value(
            "SELECT officer FROM ledger WHERE month >= ? AND kind = 'month' AND body ->> '$.facts.month' = ?"
            " AND body ->> '$.facts.state' = 'cut_off' ORDER BY seq DESC LIMIT 1",
            (month, month),
        )
        return SentBack(reason, None if reason == ENROLLED_ANEW else by)


def _day(at: str) -> date:
    return datetime.fromisoformat(at).date()
