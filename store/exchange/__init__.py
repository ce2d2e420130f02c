"""What the office and the ministry's centre hold of each other."""
