"""What can go wrong with a benchmark."""


class BenchmarkError(Exception):
    """A case is broken: what it measured would mean nothing.

    The text is for the person who ran it.
    """
