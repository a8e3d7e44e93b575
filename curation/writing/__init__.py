"""New rules, concepts and sources: valid from the start, with examples that were run."""
