"""The call engine: which events are of one call, and what became of it."""
