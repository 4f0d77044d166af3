"""The settings: one file, read once, checked whole, frozen."""

from server.config.links import notes
from server.config.load import load_settings, parse_settings, settings_path
from server.config.settings import Settings

__all__ = ["Settings", "load_settings", "notes", "parse_settings", "settings_path"]
