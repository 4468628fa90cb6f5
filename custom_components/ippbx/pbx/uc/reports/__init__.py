"""Reports, records and the event feed of the UC API."""
