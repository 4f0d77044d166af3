"""The operators' console and the support view: plain pages behind login, complete without JavaScript."""
