"""One run through the queue, and the thread that starts it when the network is back."""
