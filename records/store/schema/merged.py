"""Incidents that go on under another, and monitors whose trouble is spoken of in an incident they did not open."""

MERGES = """
CREATE TABLE incident_merges (
    incident_id TEXT PRIMARY KEY REFERENCES incidents (id),
    into_id TEXT NOT NULL REFERENCES incidents (id),
    at INTEGER NOT NULL,
    by TEXT NOT NULL
) STRICT;
CREATE INDEX incident_merges_into ON incident_merges (into_id);
CREATE TABLE taken_over (
    monitor_id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id)
) STRICT;
"""
