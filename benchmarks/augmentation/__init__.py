"""Comparison of training recipes."""
