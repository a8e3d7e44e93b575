"""What a knowledge base holds, for people: one item as a page, many as a list."""
