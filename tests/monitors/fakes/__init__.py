"""Nodes that cannot run here, as servers of the documented shapes with a state that the test sets."""
