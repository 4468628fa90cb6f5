"""Calls: what they are, how they go on, and which reports they give rise to."""
