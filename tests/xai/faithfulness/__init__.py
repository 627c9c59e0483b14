"""Tests of the checks of maps."""
