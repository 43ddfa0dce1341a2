"""Pure maths: layers, networks, losses, objectives; no files, clocks or devices."""
