"""Tests: pbx/model."""
