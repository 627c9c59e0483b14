"""When does a classifier break, and can we tell? Corruptions, consistency, attacks and recipes."""
