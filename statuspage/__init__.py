"""Show the public what is known, and how old that knowledge is."""
