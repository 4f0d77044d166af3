"""Keys that sign, what is secret of them apart from what is not, and the signature of each notice."""

SIGNING = """
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    public TEXT NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER,
    handover_key TEXT,
    handover TEXT
) STRICT;
CREATE TABLE signing_secrets (
    key_id TEXT PRIMARY KEY REFERENCES signing_keys (id),
    secret TEXT NOT NULL
) STRICT;
CREATE TABLE notice_signatures (
    notice_id TEXT NOT NULL REFERENCES notices (id),
    version INTEGER NOT NULL,
    key_id TEXT NOT NULL REFERENCES signing_keys (id),
    document TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (notice_id, version)
) STRICT, WITHOUT ROWID;
"""
APPEND_ONLY = ("notice_signatures",)
