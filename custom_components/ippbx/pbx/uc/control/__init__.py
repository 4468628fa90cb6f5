"""Call control of the UC API: requests as tables."""
