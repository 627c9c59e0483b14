"""Tests of `benchmarks.export`."""
