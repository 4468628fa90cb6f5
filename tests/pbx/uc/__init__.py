"""Tests: pbx/uc."""
