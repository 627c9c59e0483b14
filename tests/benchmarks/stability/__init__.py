"""Tests of the stability benchmark."""
