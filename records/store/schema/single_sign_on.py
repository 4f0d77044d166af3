"""Who comes by single sign-on, what sessions were opened with, limits of tokens, and tests of notices to oneself."""

WAYS_IN = """
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN way TEXT NOT NULL DEFAULT 'password';
ALTER TABLE users ADD COLUMN issuer TEXT;
ALTER TABLE users ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject);
ALTER TABLE sessions ADD COLUMN opened_by TEXT NOT NULL DEFAULT 'password';
ALTER TABLE sessions ADD COLUMN sealed TEXT;
ALTER TABLE sessions ADD COLUMN asked_at INTEGER;
ALTER TABLE sessions ADD COLUMN confirmed_at INTEGER;
ALTER TABLE password_links ADD COLUMN purpose TEXT NOT NULL DEFAULT 'password';
ALTER TABLE tokens ADD COLUMN rights TEXT;
CREATE TABLE sign_ins (
    state_hash TEXT PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    next_page TEXT NOT NULL,
    redirect_url TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);
"""

TRIALS = """
CREATE TABLE trials (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    address TEXT NOT NULL,
    notice_id TEXT NOT NULL,
    language TEXT NOT NULL,
    forms TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER,
    lease INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX trials_due ON trials (due_at);
CREATE INDEX trials_by_user ON trials (user_id, created_at);
"""
