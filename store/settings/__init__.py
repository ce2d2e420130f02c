"""What the head may change, the office's hours, and its catalogue of services and documents."""
