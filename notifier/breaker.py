"""When to leave a far side alone: closed for a while after failures that are no message's fault, then one trial."""

from collections.abc import Callable

from notifier.retry import RULES, Trouble

_FIRST_PAUSE_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 600.0


class Breaker:
    """One channel's. `clock` gives seconds that never jump."""

    def __init__(self, clock: Callable[[], float], *, first_pause_seconds: float = _FIRST_PAUSE_SECONDS) -> None:
        self._clock = clock
        self._first_pause = first_pause_seconds
        self._pause = first_pause_seconds
        self._in_a_row = 0
        self._closed_until: float | None = None
        self._is_on_trial = False

    @property
    def is_open(self) -> bool:
        """Whether the channel is left alone; true during the trial as well."""
        return self._closed_until is not None

    def wait_seconds(self) -> float:
        """How long until the next send may begin; 0 for now. During a trial everybody else looks again in a while."""
        if self._closed_until is None:
            return 0.0
        if self._is_on_trial:
            return 0.1
        return max(0.0, self._closed_until - self._clock())

    def begin(self) -> None:
        """A send begins; the first one after a pause is the trial."""
        if self._closed_until is not None:
            self._is_on_trial = True

    def not_tried(self) -> None:
        """The send that had begun came to nothing before it reached the far side; another one is the trial."""
        self._is_on_trial = False

    def note_answer(self) -> None:
        """The far side took a message, or refused it for its own sake: it is there."""
        self._in_a_row = 0
        self._closed_until = None
        self._is_on_trial = False
        self._pause = self._first_pause

    def note(self, trouble: Trouble) -> bool:
        """A send failed. True when that just closed the channel, or keeps it closed."""
        limit = RULES[trouble].closes_after
        if limit == 0:
            self.note_answer()
            return False
        self._in_a_row += 1
        if self._in_a_row < limit and not self._is_on_trial:
            return False
        return self._close()

    def _close(self) -> bool:
        is_new = self._closed_until is None or self._is_on_trial
        if is_new:
            self._closed_until = self._clock() + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        self._is_on_trial = False
        return is_new
