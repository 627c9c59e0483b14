"""Measure a classifier: data, models, conditions, records. The only package that imports the others."""
