"""Tests of the error detection benchmark."""
