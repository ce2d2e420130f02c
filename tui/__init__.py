"""What the officer sees and types: the full screen and the command line.

The topmost floor knows all others, so it is here that the books learn which gateways there are.
"""

from store.settings import gateways
from sync.gateways import registry

gateways.known_from(registry.declarations)
