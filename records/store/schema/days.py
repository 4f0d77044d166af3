"""Days of components, added up; and what is known of their past that was not recorded at the time."""

DAYS = """
CREATE TABLE component_days (
    subject TEXT NOT NULL,
    zone TEXT NOT NULL,
    day TEXT NOT NULL,
    operational_ms INTEGER NOT NULL,
    maintenance_ms INTEGER NOT NULL,
    unknown_ms INTEGER NOT NULL,
    degraded_ms INTEGER NOT NULL,
    partial_ms INTEGER NOT NULL,
    major_ms INTEGER NOT NULL,
    planned_ms INTEGER NOT NULL,
    PRIMARY KEY (subject, zone, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE rolled_days (
    subject TEXT NOT NULL,
    zone TEXT NOT NULL,
    made_from TEXT NOT NULL,
    first_day TEXT NOT NULL,
    open_day TEXT NOT NULL,
    open_from_at INTEGER NOT NULL,
    PRIMARY KEY (subject, zone)
) STRICT, WITHOUT ROWID;
CREATE TABLE state_corrections (
    id TEXT PRIMARY KEY,
    component_id TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    until_at INTEGER,
    status TEXT,
    how TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL
) STRICT;
CREATE INDEX state_corrections_by_component ON state_corrections (component_id, id);
CREATE INDEX component_states_by_time ON component_states (from_at);
"""
