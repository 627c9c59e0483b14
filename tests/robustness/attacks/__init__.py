"""Attacks on small classifiers whose worst case is known."""
