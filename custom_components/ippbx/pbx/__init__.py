"""IP PBXes without Home Assistant: could be published as it is."""
