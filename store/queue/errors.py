"""Errors of the queue's jobs.

WrongState
    JobEnded
    OnlyLookups
"""

from __future__ import annotations

from store.errors import WrongState


class JobEnded(WrongState):
    says = "This request is already {state}."


class OnlyLookups(WrongState):
    says = "What goes to the ministry's centre is not cancelled, only sent again."
