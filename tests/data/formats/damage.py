"""What is said of files that are spoilt, for the tests of every format."""

from diabolo import open as open_table
from diabolo.errors import DataFileError


def check_damage(path, spoilt):
    """Read each of these contents: it is told in one sentence what is wrong, or nothing is."""
    said = set()
    for content in spoilt:
        path.write_bytes(content)
        try:
            with open_table(path) as source:
                source.read()
        except DataFileError as problem:
            said.add(str(problem))
    assert len(said) > 3
    assert not any("\n" in each for each in said)
