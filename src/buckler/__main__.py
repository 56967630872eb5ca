"""`python -m buckler`: the command `buckler`, also where no script folder is on the path."""

from buckler.cli import main

if __name__ == "__main__":
    main()
