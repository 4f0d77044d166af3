"""Public posts: written with their ledger row, read as evidence and to answer to the first about a thing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records.posts import Post
from records.store.encoding import from_json, to_json
from records.store.engine import Row, Store
from records.times import from_ms, to_ms


@dataclass(frozen=True, kw_only=True)
class KeptPost:
    """One post of one notice version."""

    notice_id: str
    version: int
    channel: str
    at: datetime
    post: Post
    #: SHA-256 of its text (UTF-8, hex), as in the ledger.
    sha256: str


def keep(store: Store, posts: Sequence[tuple[str, int, str, Post]], now: datetime) -> None:
    """Inside the transaction that settles them: notice, version and channel of each; one that is kept stays."""
    store.many(
        """
        INSERT INTO posts (notice_id, version, channel, at, post_id, url, reference, words, sha256)
        VALUES (:notice_id, :version, :channel, :at, :post_id, :url, :reference, :words, :sha256)
        ON CONFLICT (notice_id, version, channel) DO NOTHING
        """,
        [
            {
                "notice_id": notice_id,
                "version": version,
                "channel": channel,
                "at": to_ms(now),
                "post_id": post.id,
                "url": post.url,
                "reference": to_json(dict(post.reference)),
                "words": post.text,
                "sha256": hashlib.sha256(post.text.encode()).hexdigest(),
            }
            for notice_id, version, channel, post in posts
        ],
    )


def opening(store: Store, channel: str, subject_id: str) -> Post | None:
    """The first post on a channel about an incident or window that can be answered to; None when there is none."""
    found = store.row(
        """
        SELECT p.* FROM posts p JOIN notices n ON n.id = p.notice_id
        WHERE n.subject_id = :subject_id AND p.channel = :channel AND p.post_id <> ''
        ORDER BY p.at, p.notice_id, p.version LIMIT 1
        """,
        subject_id=subject_id,
        channel=channel,
    )
    return None if found is None else _post(found)


def of_notice(store: Store, notice_id: str) -> list[KeptPost]:
    """The posts of a notice by version and channel."""
    found = store.rows("SELECT * FROM posts WHERE notice_id = :id ORDER BY version, channel", id=notice_id)
    return [
        KeptPost(
            notice_id=row["notice_id"],
            version=row["version"],
            channel=row["channel"],
            at=from_ms(row["at"]),
            post=_post(row),
            sha256=row["sha256"],
        )
        for row in found
    ]


def _post(row: Row) -> Post:
    return Post(id=row["post_id"], url=row["url"], reference=from_json(row["reference"]), text=row["words"])
