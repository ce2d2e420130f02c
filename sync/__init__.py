"""What goes over the network or on a stick: gateways, the ministry's centre, USB sticks. Knows no screen."""
