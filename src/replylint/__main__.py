"""`python -m replylint`, for where the command is not on the path."""

from replylint.entry import main

if __name__ == "__main__":
    main()
