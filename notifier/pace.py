"""What a far side's answers say about our pace: which of them slow us down, whom they are about, and when words stop.

Rates themselves are in the store, for all processes together; here is only what one channel of one process heard.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from datetime import timedelta

from notifier.channels.contract import ChannelError
from notifier.message import Message
from notifier.retry import Trouble
from records.subscribers import SubscriberKind
from records.throttles import Limits, Slowing, Why

_MAIL = {"email", SubscriberKind.EMAIL.channel}
#: Answers that are remembered.
_REMEMBERED = 4_096
_LATELY_SECONDS = 10.0
#: Refusals of us, not of a customer: so many, so close together, and no fewer than one in ten of the answers.
_REFUSALS = 20
_REFUSALS_SECONDS = 300.0
_REFUSED_SHARE = 0.1
REFUSED_WAIT = timedelta(minutes=30)
#: The same words refused so often, and never taken in between.
_CONTENT_REFUSALS = 5
#: Added to what the far side asks for, since clocks differ.
_POLITENESS = timedelta(seconds=2)


class Pace:
    """One channel's. `clock` gives seconds that never jump."""

    def __init__(self, channel: str, limits: Limits, concurrency: int, clock: Callable[[], float]) -> None:
        self._channel = channel
        self._limits = limits
        self._concurrency = concurrency
        self._clock = clock
        #: When, whose, and whether it refused us.
        self._answers: deque[tuple[float, str, bool]] = deque()
        self._answered: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._refusals: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_REFUSALS))
        self._words_refused: Counter[tuple[str, int, str]] = Counter()

    def operator(self, address: str | None) -> str | None:
        """Whose pace an answer is about: a mail operator's, or "" for the account; None: nobody's but its own."""
        if self._channel in _MAIL:
            return self._limits.operator_of(address)
        return "" if self._channel.startswith("social:") else None

    def note_taken(self, address: str | None, message: Message) -> None:
        """The far side took a message."""
        if self._channel in _MAIL and address:
            self._remember(self._limits.operator_of(address), is_refusal=False)
        if self._words_refused:
            self._words_refused.pop(_words(message), None)

    def slowing(self, error: ChannelError, address: str | None, *, is_suspect: bool = False) -> Slowing | None:
        """How an answer that is no yes slows us down, if it does; a suspect refused us often before."""
        operator = self.operator(address)
        if operator is None:
            return None
        if error.trouble is Trouble.POLICY:
            whom = self._who_refuses(operator, error, is_suspect=is_suspect)
            return None if whom is None else self._slowing(whom, Why.REFUSED, error, REFUSED_WAIT)
        if error.trouble is Trouble.BUSY:
            # At MAIL nobody's address was named yet: it is the relay itself that has enough of us.
            return self._slowing("" if error.phase == "mail" else operator, Why.BUSY, error, None)
        if error.trouble is Trouble.POST_LIMITED:
            wait = None if error.retry_after is None else error.retry_after + _POLITENESS
            return self._slowing(operator, Why.BUSY, error, wait)
        return self._slowing(operator, Why.RATE, error, None) if error.trouble is Trouble.THROTTLED else None

    def away(self, error: ChannelError, wait: timedelta) -> Slowing:
        """Nobody answers, or they do not let us in: the whole channel waits."""
        return self._slowing("", Why.AWAY, error, wait)

    def refuses_words(self, message: Message) -> bool:
        """Whether these words were refused so often that nobody need be sent them any more."""
        return bool(self._words_refused) and self._words_refused[_words(message)] >= _CONTENT_REFUSALS

    def note_words_refused(self, message: Message) -> bool:
        """They refuse the words, whoever gets them. True when that was once too often."""
        key = _words(message)
        self._words_refused[key] += 1
        return self._words_refused[key] == _CONTENT_REFUSALS

    def _slowing(self, operator: str, why: Why, error: ChannelError, wait: timedelta | None) -> Slowing:
        return Slowing(
            channel=self._limits.bucket,
            operator=operator,
            why=why,
            observed_per_second=self._observed(operator),
            concurrency=self._concurrency,
            wait=wait,
            said=f"{error.code} {error.reply}".strip(),
        )

    def _observed(self, operator: str) -> float:
        """Messages a second that went there lately."""
        now = self._clock()
        times = [at for at, whose, _ in self._answers if now - at <= _LATELY_SECONDS and operator in ("", whose)]
        return len(times) / max(1.0, now - times[0]) if times else 0.0

    def _who_refuses(self, operator: str, error: ChannelError, *, is_suspect: bool) -> str | None:
        """Who has refused us too often by now: one operator, the relay ("") when it is several, or None."""
        self._remember(operator, is_refusal=True)
        if is_suspect:
            return operator
        at_mail = "" if error.phase == "mail" else None
        for whom in (at_mail,) if at_mail is not None else (operator, ""):
            if self._is_too_often(whom):
                self._refusals.clear()
                return whom
        return None

    def _is_too_often(self, whom: str) -> bool:
        times = self._refusals[whom]
        times.append(self._clock())
        answered, refused = (self._answered, self._refused)
        of = (answered.total(), refused.total()) if whom == "" else (answered[whom], refused[whom])
        is_close = len(times) == _REFUSALS and times[-1] - times[0] <= _REFUSALS_SECONDS
        return is_close and of[1] >= _REFUSED_SHARE * of[0]

    def _remember(self, operator: str, *, is_refusal: bool) -> None:
        self._answers.append((self._clock(), operator, is_refusal))
        self._answered[operator] += 1
        if is_refusal:
            self._refused[operator] += 1
        if len(self._answers) > _REMEMBERED:
            _, whose, was_refusal = self._answers.popleft()
            self._answered[whose] -= 1
            if not self._answered[whose]:
                del self._answered[whose]
            if was_refusal:
                self._refused[whose] -= 1


def _words(message: Message) -> tuple[str, int, str]:
    return message.notice_id, message.version, message.language
