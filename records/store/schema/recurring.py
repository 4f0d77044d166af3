"""Windows that come again: the rule each one follows, and where a series was ended."""

SERIES = """
CREATE TABLE window_series (
    maintenance_id TEXT PRIMARY KEY REFERENCES maintenances (id),
    series_id TEXT NOT NULL REFERENCES maintenances (id),
    rule TEXT NOT NULL,
    began INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    slot INTEGER NOT NULL,
    length_seconds INTEGER NOT NULL,
    UNIQUE (series_id, slot)
) STRICT;
CREATE TABLE window_series_ends (
    series_id TEXT PRIMARY KEY REFERENCES maintenances (id),
    at INTEGER NOT NULL
) STRICT;
"""
