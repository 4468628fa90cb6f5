"""Calls in Home Assistant's terms: the tracker's feed, attributes, names, missed calls."""
