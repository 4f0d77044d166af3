"""The desk from a terminal: what `forewarn` and `python -m server` run."""

from server.cli.program import main

__all__ = ["main"]
