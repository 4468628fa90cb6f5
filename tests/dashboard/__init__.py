"""The cards, and what they use."""
