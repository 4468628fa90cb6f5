"""Tests: ippbx."""
