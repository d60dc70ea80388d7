"""Known kits: what their makers publish, each number with its source, and assays filled from it."""
