"""Random days of an office on a real Asterisk, and a verdict on what is told of each call."""
