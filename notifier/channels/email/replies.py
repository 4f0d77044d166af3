"""What a mail server offers and answers, and the two ways in which a message is not taken."""

from dataclasses import dataclass

from records.quick import quick


@dataclass(frozen=True, kw_only=True)
class Offers:
    """What the server announced and we use."""

    pipelining: bool = False
    dsn: bool = False
    size: bool = False
    utf8: bool = False


@quick
class Reply:
    """One reply, its lines joined."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Refused(Exception):
    """The server answered, and the answer was not yes."""

    def __init__(self, phase: str, reply: Reply) -> None:
        super().__init__(f"{phase}: {reply}")
        self.phase = phase
        self.reply = reply


class Lost(Exception):
    """The connection went before an answer came."""

    def __init__(self, phase: str, why: str, *, was_behind: bool = False) -> None:
        super().__init__(f"{phase}: {why}")
        #: Whether its commands were written behind another message's content.
        self.was_behind = was_behind
        #: `waiting` when nothing of the message was written yet.
        self.phase = phase
        self.why = why
