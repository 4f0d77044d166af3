"""Subscribers of the public page: what they follow, apart from it where they are reached, and letters to them."""

SUBSCRIBERS = """
CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    language TEXT NOT NULL,
    basis TEXT NOT NULL,
    manage_hash TEXT NOT NULL UNIQUE,
    leave_hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    confirm_until INTEGER NOT NULL,
    confirmed_at INTEGER,
    quarantine_reason TEXT NOT NULL,
    quarantined_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX subscribers_by_state ON subscribers (state, kind, id);
CREATE TABLE subscriber_components (
    subscriber_id INTEGER NOT NULL,
    component_id TEXT NOT NULL,
    PRIMARY KEY (subscriber_id, component_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE subscriber_contacts (
    subscriber_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    secret TEXT NOT NULL,
    owner_email TEXT,
    UNIQUE (kind, address)
) STRICT;
"""

LETTERS = """
CREATE TABLE letters (
    subscriber_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    lease INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    useful_until INTEGER NOT NULL
) STRICT;
CREATE INDEX letters_due ON letters (due_at);
"""

FANOUTS = """
CREATE TABLE subscriber_fanouts (
    notice_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    channel TEXT NOT NULL,
    position INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    PRIMARY KEY (notice_id, version, channel)
) STRICT, WITHOUT ROWID;
"""
