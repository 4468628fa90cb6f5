"""Calls of any PBX: their states, their legs, their records, and the services they reach."""
