"""Which notices are told together by another one, while very much breaks at once."""

DIGESTS = """
CREATE TABLE carried (
    notice_id TEXT PRIMARY KEY,
    by_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX carried_by ON carried (by_id);
"""
