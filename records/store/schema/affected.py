"""How often customers said "I am affected": counts by service and five minutes, and nothing of who said it."""

AFFECTED = """
CREATE TABLE affected_counts (
    component_id TEXT NOT NULL,
    chain TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    taps INTEGER NOT NULL,
    PRIMARY KEY (component_id, chain, bucket)
) STRICT, WITHOUT ROWID;
CREATE TABLE affected_levels (
    component_id TEXT PRIMARY KEY,
    level TEXT NOT NULL,
    since INTEGER NOT NULL,
    taps INTEGER NOT NULL,
    usual REAL NOT NULL,
    hours_known INTEGER NOT NULL,
    muted_until INTEGER
) STRICT, WITHOUT ROWID;
"""
