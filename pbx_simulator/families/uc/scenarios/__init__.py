"""Random scenarios: some calls on one PBX, with all reports about them and the truth."""
