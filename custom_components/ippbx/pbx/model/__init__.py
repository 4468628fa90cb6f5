"""Frozen values in the field's words: system, lines, calls, events, actions."""
