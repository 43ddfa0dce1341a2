"""A messy export taken from the raw file to a map, groups, outliers with reasons, a clean table and codes."""
