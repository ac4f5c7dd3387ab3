"""`python -m replylint`, for where the command is not on the path."""

from replylint.cli import main

if __name__ == "__main__":
    main()
