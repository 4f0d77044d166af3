"""Quiet hours of customers, which rule decided about a delivery, and who came late into an audience."""

LATE = """
ALTER TABLE customers ADD COLUMN quiet_hours TEXT;
ALTER TABLE deliveries ADD COLUMN because TEXT NOT NULL DEFAULT '';
CREATE INDEX notices_of_use ON notices (useful_until);
CREATE TABLE latecomers (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    touched INTEGER NOT NULL
) STRICT;
CREATE TABLE late_members (
    notice_id TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (notice_id, customer_id, version)
) STRICT, WITHOUT ROWID;
"""

#: Rows that say why somebody heard of something later than the others stay as they were written.
APPEND_ONLY = ("late_members",)
