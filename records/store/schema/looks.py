"""What monitors saw, packed: the blocks that grow, the blocks that are closed, and sums by hour and by day."""

LOOKS = """
CREATE TABLE look_blocks_open (
    monitor_id TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    packed BLOB NOT NULL,
    tail TEXT NOT NULL
) STRICT;
CREATE TABLE look_blocks (
    until_at INTEGER NOT NULL,
    monitor_id TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (until_at, monitor_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE look_hours (
    from_at INTEGER NOT NULL,
    monitor_id TEXT NOT NULL,
    target TEXT NOT NULL,
    looks INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    timed INTEGER NOT NULL,
    latency_sum_ms INTEGER NOT NULL,
    latency_max_ms INTEGER NOT NULL,
    classes INTEGER NOT NULL,
    PRIMARY KEY (from_at, monitor_id, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE look_days (
    from_at INTEGER NOT NULL,
    monitor_id TEXT NOT NULL,
    target TEXT NOT NULL,
    looks INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    timed INTEGER NOT NULL,
    latency_sum_ms INTEGER NOT NULL,
    latency_max_ms INTEGER NOT NULL,
    classes INTEGER NOT NULL,
    PRIMARY KEY (from_at, monitor_id, target)
) STRICT, WITHOUT ROWID;
DROP TABLE observations;
"""
