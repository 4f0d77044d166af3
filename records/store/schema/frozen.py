"""Why each customer was in an audience, and the hash of the rule, both as they were when it was frozen."""

FROZEN = """
ALTER TABLE audience_members ADD COLUMN reason TEXT;
ALTER TABLE fanouts ADD COLUMN rule_sha256 TEXT NOT NULL DEFAULT '';
"""
