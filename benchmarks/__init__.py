"""Diabolo timed beside its peers: see benchmarks/README.md."""
