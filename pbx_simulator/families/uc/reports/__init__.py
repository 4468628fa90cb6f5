"""Reports: what is written, in which format, and how it is delivered."""
