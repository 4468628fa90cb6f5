"""Calls by voice: intents for Assist and language models, and their sentences."""
