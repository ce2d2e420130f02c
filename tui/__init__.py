"""What the officer sees and types: the full screen and the command line.

Only this floor may import all the others, so it is here that the books are given the list of gateways.
"""

from collections.abc import Sequence

from store.settings import gateways


def _declarations() -> Sequence[gateways.GatewayDeclaration]:
    from sync.gateways import registry  # the first frame asks for no gateway

    return registry.declarations()


gateways.known_from(_declarations)
