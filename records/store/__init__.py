"""The one door to the database: SQL is written here and nowhere else."""
