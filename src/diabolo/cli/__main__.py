"""``python -m diabolo.cli``, the same as ``diabolo``."""

from diabolo.cli import main

if __name__ == "__main__":
    main()
