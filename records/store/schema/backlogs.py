"""Which monitor counts what still waits for a component after trouble, so that "over" means worked off."""

BACKLOGS = """
CREATE TABLE backlogs (
    component_id TEXT NOT NULL,
    monitor_id TEXT NOT NULL,
    PRIMARY KEY (component_id, monitor_id)
) STRICT, WITHOUT ROWID;
"""
