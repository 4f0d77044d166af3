"""Notices that wait for a yes, and what the deed behind an incident or planned event left to the policies."""

WAITING = """
CREATE TABLE notice_waits (
    notice_id TEXT NOT NULL REFERENCES notices (id),
    version INTEGER NOT NULL,
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    customers INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    decision TEXT,
    decided_at INTEGER,
    decided_by TEXT,
    PRIMARY KEY (notice_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE left_to_policies (
    subject_id TEXT NOT NULL,
    what TEXT NOT NULL,
    PRIMARY KEY (subject_id, what)
) STRICT, WITHOUT ROWID;
"""
