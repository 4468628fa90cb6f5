"""The control API and the console page."""
