"""What the commands share: how they are found, and how they read intakes, rules and dates."""
