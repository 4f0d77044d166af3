"""The management API: what programs of the house read and do, by JSON under `/api/v1`."""
