"""The way to what is due of each notice by itself, so that each gets its share; and how fast each far side takes mail.

`operator` is empty for a channel as a whole. A rate or concurrency of NULL was not learned: only the settings limit it.
"""

TURNS = """
DROP INDEX deliveries_due;
CREATE INDEX deliveries_in_turn ON deliveries (channel, lane, notice_id, due_at);
"""

THROTTLES = """
CREATE TABLE throttles (
    channel TEXT NOT NULL,
    operator TEXT NOT NULL,
    rate REAL,
    usual_rate REAL,
    concurrency REAL,
    next_at INTEGER NOT NULL,
    booked_until INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    hold_ms INTEGER NOT NULL,
    slowed_at INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    why TEXT NOT NULL,
    said TEXT NOT NULL,
    PRIMARY KEY (channel, operator)
) STRICT, WITHOUT ROWID;
"""
