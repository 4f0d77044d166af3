"""The sections of `forewarn.yaml`, each with its keys, defaults and limits."""
