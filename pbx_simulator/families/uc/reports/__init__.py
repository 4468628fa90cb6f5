"""Reports: their formats and their delivery."""
