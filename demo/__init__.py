"""A simulated PBX and a real Home Assistant with the integration set up: `scripts/demo`."""
