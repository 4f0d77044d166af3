"""When subscribers are not to be disturbed, by the clock where they live."""

NIGHTS = """
ALTER TABLE subscribers ADD COLUMN time_zone TEXT;
ALTER TABLE subscribers ADD COLUMN quiet_hours TEXT;
"""
