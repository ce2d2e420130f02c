"""A visit whose lookup waits, because there is no network."""

from __future__ import annotations

from sync.practice.network import PracticeNetwork
from tests.tui.counter import Counter, card_without_network


async def asked_without_network(at: Counter, network: PracticeNetwork) -> None:
    await card_without_network(at, network)
    await at.press("enter", "enter")
    await at.see("» ทะเบียนบ้าน", "► รอผล")
