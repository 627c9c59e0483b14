"""Trials of the findings."""
