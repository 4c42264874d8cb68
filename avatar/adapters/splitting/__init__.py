"""Splitters: one module per kind of text; `by_format` chooses."""
