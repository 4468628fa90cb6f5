"""The state of one PBX, its only writer, and the keys under which changes are published."""
