"""Public posts as they stand: evidence beside the ledger, and what later posts answer to."""

POSTS = """
CREATE TABLE posts (
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    at INTEGER NOT NULL,
    post_id TEXT NOT NULL,
    url TEXT NOT NULL,
    reference TEXT NOT NULL,
    words TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (notice_id, version, channel)
);
"""

APPEND_ONLY = ("posts",)
