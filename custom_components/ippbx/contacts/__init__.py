"""The contacts that all PBXes share: kept, merged, and read from files and from PBXes."""
