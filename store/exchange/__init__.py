"""What the office exchanges with the ministry's centre and between its own PCs, and files for outsiders."""
