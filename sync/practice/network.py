"""The practice network: gateway and centre on this PC alone, for practice and for tests."""

from __future__ import annotations

from sync.practice.centre_twin import PracticeCentre
from sync.practice.gdx_twin import CONSUMER_KEY, CONSUMER_SECRET, PracticeGateway


class PracticeNetwork:
    """The gateway and the centre, with a network to both that can be cut and restored."""

    def __init__(self, *, delay_s: float = 0.0) -> None:
        self.gateway = PracticeGateway(delay_s=delay_s)
        self.centre = PracticeCentre()
        self.is_cut = True

    @property
    def gdx_url(self) -> str:
        return self.gateway.url

    @property
    def centre_url(self) -> str:
        return self.centre.url

    @property
    def settings(self) -> dict[str, str]:
        """The settings that the books of a practice office need, by name."""
        return {
            "gateways.gdx.url": self.gdx_url,
            "gateways.gdx.consumer_key": CONSUMER_KEY,
            "gateways.gdx.consumer_secret": CONSUMER_SECRET,
            "centre.url": self.centre_url,
        }

    def start(self) -> None:
        """Listen. The addresses stay the same at later starts."""
        self.gateway.start()
        self.centre.start()
        self.is_cut = False

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self.is_cut = True
        self.gateway.stop()
        self.centre.stop()

    def restore(self) -> None:
        """Listen again at the same addresses."""
        self.start()

    def stop(self) -> None:
        """End for good."""
        self.cut()
