"""What waits for the network, and which gateways and centre are to be left alone for a while."""
