"""Every word and page that people read, and the one Jinja environment that renders them."""
