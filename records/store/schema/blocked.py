"""The way to addresses that get nothing more: few among very many."""

BLOCKED = """
CREATE INDEX contacts_blocked ON contacts (blocked, customer_id, channel) WHERE blocked IS NOT NULL;
"""
