"""Hostile bytes for whatever a PBX, or somebody who poses as one, can send: run by scripts/fuzz."""
