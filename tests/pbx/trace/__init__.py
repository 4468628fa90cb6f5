"""Tests: pbx/trace."""
