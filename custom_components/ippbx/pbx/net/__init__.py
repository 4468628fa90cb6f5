"""Plumbing for any vendor: listener, lenient JSON and HTTP, TLS, locks, login guard."""
