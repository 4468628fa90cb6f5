"""Calls in Home Assistant's terms: feed of the tracker, attributes, names, missed calls."""
