"""The families of simulated PBXes, one folder for each protocol."""
