"""The jobs that wait for the network, pauses of gateways and centre, and outages of the network."""
