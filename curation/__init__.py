"""For those who keep the knowledge base: check, prove, test, write, show, compare and publish rules.

Everything here works on any folder that has the shape of ``knowledge_base/``; screening needs none
of it.
"""
