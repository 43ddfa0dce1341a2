"""The explorer: one page that shows what a model learned."""
