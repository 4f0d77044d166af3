"""How soon deliveries are handed over, which channels are in trouble, and what calls for a person.

A row of `handovers` counts one step of one hour; hour 0 counts since ever. Step -1 are tries that came to nothing: they
only tell that the queue moves. Processes write to shards of their own, so that none waits for another's commit.
"""

HANDOVERS = """
CREATE TABLE handovers (
    hour INTEGER NOT NULL,
    channel TEXT NOT NULL,
    lane INTEGER NOT NULL,
    step INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    total INTEGER NOT NULL,
    sum_ms INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (hour, channel, lane, step, shard)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_troubles (
    channel TEXT NOT NULL,
    holder TEXT NOT NULL,
    since INTEGER NOT NULL,
    at INTEGER NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (channel, holder)
) STRICT, WITHOUT ROWID;
"""

ALARMS = """
CREATE TABLE alarms (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    said TEXT NOT NULL,
    hint TEXT NOT NULL,
    since INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX alarms_open ON alarms (kind, subject) WHERE ended_at IS NULL;
CREATE TABLE alarm_calls (
    alarm_id TEXT NOT NULL,
    phase TEXT NOT NULL,
    receiver TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (alarm_id, phase, receiver)
) STRICT, WITHOUT ROWID;
"""

#: A secret that still signs beside the new one, for a while.
SECRETS = """
CREATE TABLE old_secrets (
    subscriber_id INTEGER PRIMARY KEY,
    secret TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;
"""
