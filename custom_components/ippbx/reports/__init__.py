"""Reports: from bytes to typed events, and whether they arrive."""
