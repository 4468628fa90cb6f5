"""The contacts that all PBXes share."""
