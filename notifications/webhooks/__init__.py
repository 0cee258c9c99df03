"""Messages to other systems, as Standard Webhooks says: made of the history, signed, and sent by the worker alone."""
