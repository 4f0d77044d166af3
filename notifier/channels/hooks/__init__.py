"""Posts to receivers that strangers named: only where we may go, once, within bounds."""
