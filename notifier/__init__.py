"""Carry a notice to people, and say whether it arrived."""
