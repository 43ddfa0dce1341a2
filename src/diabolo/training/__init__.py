"""The engine: batch plan, compiled epoch, optimisers, stopping, history, placement."""
