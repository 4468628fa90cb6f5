"""Calls by voice."""
