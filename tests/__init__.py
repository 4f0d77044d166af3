"""The specification, as sentences. Files mirror the paths of what they test."""
