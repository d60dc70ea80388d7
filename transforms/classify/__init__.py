"""Results to statuses, by rule sets."""
