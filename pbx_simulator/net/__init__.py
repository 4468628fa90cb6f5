"""Vendor-neutral HTTP and TLS."""
