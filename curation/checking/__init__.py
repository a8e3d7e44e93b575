"""Every problem of a knowledge base: one module for each kind, the codes, and four ways to show them."""
