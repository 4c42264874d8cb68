"""`python -m avatar` is `avatar`."""

from avatar.cli import main

if __name__ == "__main__":
    main()
