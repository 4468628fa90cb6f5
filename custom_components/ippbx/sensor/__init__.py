"""Sensors of the PBX, its extensions, trunks and calls."""

from .status import PARALLEL_UPDATES, async_setup_entry

__all__ = ["PARALLEL_UPDATES", "async_setup_entry"]
