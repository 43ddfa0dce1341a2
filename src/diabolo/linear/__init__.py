"""Linear methods, solved rather than trained: where networks start, and what stands beside them."""
