"""Tests: what people see in a browser."""
