"""What is checked before a release: the suite with the lowest and the newest versions, and what users install."""
