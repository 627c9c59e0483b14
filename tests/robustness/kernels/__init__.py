"""Compiled corruptions."""
