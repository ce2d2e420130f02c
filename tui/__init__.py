"""What the officer sees and types: the full screen and the command line.

The topmost floor knows all others, so it is here that the books learn which gateways there are.
"""

from collections.abc import Sequence

from store.settings import gateways


def _declarations() -> Sequence[gateways.GatewayDeclaration]:
    from sync.gateways import registry  # the first frame asks for no gateway

    return registry.declarations()


gateways.known_from(_declarations)
