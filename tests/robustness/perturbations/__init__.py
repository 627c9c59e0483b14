"""Tests of the perturbation sequences."""
