"""Tests of benchmarks.explanations."""
