"""What the site is built with beside other people's extensions: the gallery's pages, and checks."""
