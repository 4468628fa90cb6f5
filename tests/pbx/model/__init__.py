"""Tests: pbx/net."""
