"""What happened, whom it concerns, who was told: the rules, and the storage that keeps them."""
