"""What a receiver's answer means, the same for every kind of receiver."""

from collections.abc import Mapping

from notifier.channels.contract import ChannelError, Receipt
from notifier.channels.hooks.reach import DEADLINE_SECONDS, Answer, NoAnswer, Reach, Stopped
from notifier.channels.hooks.receivers import parse_receiver
from notifier.retry import Trouble
from records.errors import Invalid

#: Receivers that are asked at once; each may take half a minute.
CONCURRENCY = 32
_GONE = 410
_SLOW_DOWN = 429
_PHASES = {Stopped.TIMEOUT: "posted", Stopped.GARBLED: "posted"}


async def hand_over(
    reach: Reach,
    address: str | None,
    body: bytes,
    headers: Mapping[str, str],
    *,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Receipt:
    """Post to one receiver. Raises ChannelError."""
    try:
        # Whether it may be without TLS was decided when it was taken in, and where it leads is decided at each post.
        receiver = parse_receiver(address or "", allow_http=True)
    except Invalid as error:
        raise ChannelError(Trouble.PERMANENT, phase="connect", code="refused", reply=str(error)) from error
    try:
        answer = await reach.post(receiver, body, headers, deadline_seconds=deadline_seconds)
    except NoAnswer as error:
        trouble = Trouble.PERMANENT if error.stopped is Stopped.REFUSED else Trouble.RECEIVER
        phase = _PHASES.get(error.stopped, "connect")
        raise ChannelError(trouble, phase=phase, code=error.stopped.value, reply=str(error)) from error
    if 200 <= answer.status < 300:
        return Receipt(phase="posted", code=str(answer.status))
    raise ChannelError(
        _trouble(answer.status),
        phase="answered",
        code=str(answer.status),
        reply=_words(answer),
        retry_after=answer.retry_after,
    )


def _trouble(status: int) -> Trouble:
    if status == _GONE:
        return Trouble.ADDRESS
    if status == _SLOW_DOWN:
        return Trouble.POST_LIMITED
    return Trouble.RECEIVER if status in (408, 425) or status >= 500 else Trouble.PERMANENT


def _words(answer: Answer) -> str:
    text = answer.body.decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)
