"""When a person first handled a ticket, and the way to the latest of those without reading the rest."""

RESPONSES = """
ALTER TABLE tickets ADD COLUMN first_response_at INTEGER;
CREATE INDEX tickets_by_response ON tickets (created_at, first_response_at) WHERE first_response_at IS NOT NULL;
"""
