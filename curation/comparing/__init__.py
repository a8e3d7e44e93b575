"""Two versions of a knowledge base: what is stated differently, and whose verdict that changes."""
