"""The examples beside the rules: run by the engine, and how much of each rule they show."""
