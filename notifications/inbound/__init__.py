"""Mail that comes to the hub: read from its mailbox, sorted, and acted on where it is sure what and who."""
