"""How many customers are queued in one transaction: as many as others can wait for, whatever else the machine does."""

#: Another writer waits for one transaction at most.
_TARGET_SECONDS = 0.1
_FEWEST, _MOST = 250, 20_000
#: Between two of them, for writers of other processes, who look again every few milliseconds.
GAP_SECONDS = 0.003


class Stride:
    """Of fan-out; it grows where transactions are short and shrinks where they are long."""

    def __init__(self, first: int) -> None:
        self.customers = first

    def note(self, took_seconds: float) -> None:
        """The last one took so long: twice as many the next time at most, half as many at least."""
        factor = min(2.0, max(0.5, _TARGET_SECONDS / max(took_seconds, 0.001)))
        self.customers = int(min(_MOST, max(_FEWEST, self.customers * factor)))
