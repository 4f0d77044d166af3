"""History of the schema, oldest first. Add, never edit: each migration has run on somebody's database."""
