"""Calls that are over: the call log, and the back-fill from call records."""
