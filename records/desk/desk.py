"""Where deeds are done: the store, and what the house has decided once for all of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from records.digest import DigestRule
from records.errors import Fault, Invalid
from records.incidents import Impact
from records.notices import NoticeKind
from records.policies import Policy
from records.signing import PrivateKey
from records.store import meta
from records.store.engine import Store


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Passed to every deed."""

    store: Store
    #: Language of customers who have told us none.
    default_language: str = "en"
    #: Channels a notice takes unless somebody says otherwise: `email`, `inapp`, `social`.
    channels: tuple[str, ...] = ("email", "inapp", "social")
    #: Names of the configured social accounts, one more for each further language (`main`, `main:fr`); `social` stands
    #: for all of them, an account's name for all its languages.
    social_accounts: tuple[str, ...] = ()
    #: The first that fits a notice decides what the deed left open.
    policies: tuple[Policy, ...] = ()
    #: An operator's notice to more customers than this waits for a second person's yes; None: none does.
    second_person_above: int | None = None
    #: How long after an operator's deed nobody is queued yet, so that it can be taken back; urgent words never wait.
    hold: timedelta = timedelta()
    #: How long words that follow others wait, so that what is said in quick succession is said once.
    updates_wait: timedelta = timedelta()
    #: When what is said of further incidents goes out together; None: never.
    digest: DigestRule | None = None
    #: How long checks must pass before an incident that a monitor opened resolves by itself (job C4).
    confirm_recovery: timedelta = timedelta(minutes=10)
    #: The public page's address without a slash at the end; stands in what is signed.
    page_url: str = ""
    #: Languages without which a person's words need a reason to go out (R6).
    required_languages: tuple[str, ...] = ()
    #: The key that the settings hold; None: the store keeps one.
    signing_key: PrivateKey | None = None

    @contextmanager
    def deed(self) -> Iterator[None]:
        """One deed, one transaction; nested, a part of the deed around it. Deeds take turns."""
        with self.store.tx():
            meta.hold(self.store)
            yield

    def recovering_within(self, calm: timedelta) -> "Desk":
        """The same desk with another time of calm before an incident resolves by itself."""
        return replace(self, confirm_recovery=calm)

    def holding(self, hold: timedelta) -> "Desk":
        """The same desk with another time in which notices can be taken back."""
        return replace(self, hold=hold)

    def policy_for(self, kind: NoticeKind, impact: Impact | None) -> Policy | None:
        """The first policy for such a notice; `impact` is None for a planned event."""
        return next((policy for policy in self.policies if policy.fits(kind, impact)), None)


def expand_channels(desk: Desk, wanted: Iterable[str] | None) -> tuple[str, ...]:
    """The channels as deliveries name them. Raises Invalid for one that is not there."""
    names: list[str] = []
    for index, channel in enumerate(desk.channels if wanted is None else wanted):
        accounts = [f"social:{account}" for account in desk.social_accounts]
        posts = [account for account in accounts if account == channel or account.startswith(f"{channel}:")]
        if posts or channel == "social":
            names += posts
        elif channel in ("email", "inapp"):
            names.append(channel)
        else:
            known = ["email", "inapp", "social", *accounts]
            hint = "use " + ", ".join(known)
            raise Invalid(Fault(path=f"/channels/{index}", message=f"there is no channel {channel}", hint=hint))
    return tuple(dict.fromkeys(names))
