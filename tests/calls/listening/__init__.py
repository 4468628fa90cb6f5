"""Tests: calls/listening."""
