"""What hurries the wallet's apps: a counted series of moments at which customers' plates may have changed."""

STREAMS = """
CREATE TABLE inapp_events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    mark TEXT NOT NULL
) STRICT;
"""
