"""Tests: issues."""
