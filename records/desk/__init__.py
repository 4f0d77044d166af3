"""The deeds: each records a fact and queues the words about it in one transaction, or does neither."""
