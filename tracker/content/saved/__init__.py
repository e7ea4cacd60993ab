"""Saved pages, HTML or text, to articles: what is found on them, what was mended by rule, what a person has to look at."""
