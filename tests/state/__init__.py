"""Tests: state."""
