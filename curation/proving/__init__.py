"""What can be proved about rules: all that a few atoms can be, and an intake for each finding."""
