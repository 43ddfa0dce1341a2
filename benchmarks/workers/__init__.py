"""Programs that each measure one thing, once, and print one line of JSON."""
