"""How people get a password, why their sessions ended, and how long tokens of programs hold."""

LOGINS = """
ALTER TABLE sessions ADD COLUMN ended TEXT;
ALTER TABLE tokens ADD COLUMN created_by TEXT;
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
CREATE TABLE password_links (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
"""
