"""Exchange over the network or by USB stick with gateways and the ministry's centre. Imports no screen."""
