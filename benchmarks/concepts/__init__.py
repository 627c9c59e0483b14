"""Concepts: what a layer of a classifier knows, in named factors, and what its decisions make of each."""
