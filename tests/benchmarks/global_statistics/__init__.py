"""Tests of the audit of global statistics."""
