"""What the deed behind an incident or planned event did not choose itself: the policies decide it for each notice."""

from collections.abc import Iterable
from enum import StrEnum

from records.store.engine import Store


class Choice(StrEnum):
    """What can be chosen for all notices about one thing."""

    AUDIENCE = "audience"
    CHANNELS = "channels"


def leave(store: Store, subject_id: str, choices: Iterable[Choice]) -> None:
    """Inside a deed: these are left to the policies."""
    store.many(
        """
        INSERT INTO left_to_policies (subject_id, what) VALUES (:subject_id, :what)
        ON CONFLICT (subject_id, what) DO NOTHING
        """,
        [{"subject_id": subject_id, "what": each.value} for each in choices],
    )


def take(store: Store, subject_id: str, choice: Choice) -> None:
    """Inside a deed: somebody chose after all."""
    store.run(
        "DELETE FROM left_to_policies WHERE subject_id = :subject_id AND what = :what",
        subject_id=subject_id,
        what=choice.value,
    )


def left(store: Store, subject_id: str) -> frozenset[Choice]:
    """What nobody chose for an incident or planned event."""
    found = store.rows("SELECT what FROM left_to_policies WHERE subject_id = :subject_id", subject_id=subject_id)
    return frozenset(Choice(row["what"]) for row in found)
