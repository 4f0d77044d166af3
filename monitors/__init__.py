"""Look at nodes, components and feeds, and say what was seen."""
