"""Tests: link."""
