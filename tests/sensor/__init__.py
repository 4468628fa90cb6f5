"""Tests: sensor."""
