from tests.sync.centre.conftest import client, home

__all__ = ["client", "home"]
