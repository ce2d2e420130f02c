"""What crosses the line: gateways, the ministry's centre, USB sticks. Knows no screen."""
