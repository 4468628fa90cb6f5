"""The last exchanges with a PBX, masked."""
