"""What goes by USB stick where no network is."""
