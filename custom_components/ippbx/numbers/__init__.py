"""Phone numbers: notation, countries, contacts, and what may be dialled."""
