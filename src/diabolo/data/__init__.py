"""Sources of rows: opening files, scaling, splitting."""
