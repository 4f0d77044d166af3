"""Hear customers' tickets, tie them to incidents, answer with one true text."""
