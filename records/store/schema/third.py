"""The third step: the weather of each chain by the hour, and planned events that wait for a height."""

WEATHER = """
CREATE TABLE weather (
    chain TEXT NOT NULL,
    hour INTEGER NOT NULL,
    fee_sum REAL NOT NULL,
    fee_count INTEGER NOT NULL,
    mempool_most REAL,
    first_height INTEGER,
    first_at INTEGER,
    last_height INTEGER,
    last_at INTEGER,
    PRIMARY KEY (chain, hour)
) STRICT, WITHOUT ROWID;
"""

HEIGHTS = """
CREATE TABLE upgrade_heights (
    maintenance_id TEXT PRIMARY KEY REFERENCES maintenances (id),
    chain TEXT NOT NULL,
    height INTEGER NOT NULL,
    eta INTEGER,
    estimated_at INTEGER,
    moved_at INTEGER
) STRICT;
CREATE INDEX upgrade_heights_by_chain ON upgrade_heights (chain);
CREATE TABLE window_overruns (
    maintenance_id TEXT NOT NULL REFERENCES maintenances (id),
    until INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (maintenance_id, until)
) STRICT, WITHOUT ROWID;
"""
