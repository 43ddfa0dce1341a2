"""Processes that work on one fit: who they are, what they tell each other, what happens when one is lost."""
