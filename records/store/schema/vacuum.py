"""How the server cleans the queue, whose every row is changed a few times and then deleted."""

#: PostgreSQL alone. By default a queue of a million waits for 200,000 dead rows, and cleaning pauses as it goes;
#: meanwhile each claim reads over them. Counted in rows, since the share of a queue that empties says nothing.
QUEUE = """
ALTER TABLE deliveries SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000
)
"""
