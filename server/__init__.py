"""The process: settings, wiring, HTTP API, operators' console, command line, timekeeper."""
