"""The second step: what others report to us by themselves, and what they announce."""

REPORTS = """
CREATE TABLE reports (
    monitor_id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    at INTEGER,
    state TEXT,
    message TEXT NOT NULL,
    reading REAL
) STRICT;
CREATE TABLE alert_listeners (
    monitor_id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL
) STRICT;
CREATE INDEX alert_listeners_by_token ON alert_listeners (token_hash);
CREATE TABLE alert_sources (
    token_hash TEXT PRIMARY KEY,
    told_at INTEGER NOT NULL
) STRICT;
CREATE TABLE alerts (
    token_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    labels TEXT NOT NULL,
    since INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (token_hash, fingerprint)
) STRICT, WITHOUT ROWID;
"""

FINDINGS = """
CREATE TABLE findings (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    chain TEXT,
    component_id TEXT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    severity TEXT NOT NULL,
    since INTEGER NOT NULL,
    ended_at INTEGER,
    required INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    found_at INTEGER NOT NULL
) STRICT;
CREATE INDEX findings_by_source ON findings (source);
CREATE TABLE finding_sources (
    source TEXT PRIMARY KEY,
    first_read_at INTEGER NOT NULL
) STRICT;
"""
