"""What is checked before a release: the suite with the lowest and newest versions; what users install."""
