"""Tests of the planted images."""
