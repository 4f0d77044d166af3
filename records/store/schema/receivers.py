"""Receivers that subscribers named: how each fares, and changes of components that webhooks are told of one by one."""

RECEIVERS = """
CREATE TABLE receivers (
    subscriber_id INTEGER PRIMARY KEY,
    failures INTEGER NOT NULL,
    position INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    told_at INTEGER,
    told_code TEXT NOT NULL
) STRICT;
CREATE TABLE component_changes (
    id INTEGER PRIMARY KEY,
    component_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    old_status TEXT NOT NULL,
    new_status TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_to_webhooks ON deliveries (customer_id, created_at, notice_id)
    WHERE channel = 'subscriber:webhook';
CREATE INDEX deliveries_to_rooms ON deliveries (customer_id, created_at, notice_id)
    WHERE channel = 'subscriber:slack';
"""
