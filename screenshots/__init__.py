"""The explorer's pages photographed as they stand in a browser."""
