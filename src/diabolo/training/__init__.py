"""The engine: batch plan, compiled epoch, optimizers, stopping, history, placement."""
