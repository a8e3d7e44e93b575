"""Explanations that answer back: why, why not, what would change it, what to ask, and when.

Everything is computed from the rules for one intake, exactly, and nothing is guessed.
"""
