"""Words about incidents that put earlier words right."""

WORDS = """
CREATE TABLE corrected_updates (
    incident_id TEXT NOT NULL REFERENCES incidents (id),
    update_id TEXT NOT NULL REFERENCES incident_updates (id),
    corrects TEXT NOT NULL REFERENCES incident_updates (id),
    PRIMARY KEY (incident_id, update_id)
) STRICT, WITHOUT ROWID;
"""
