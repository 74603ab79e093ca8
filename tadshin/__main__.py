"""`tadshin`, and `python -m tadshin`."""

from tadshin.terminal.root import tadshin


def main() -> None:
    """Serve one call of the terminal; the process ends with its exit code."""
    tadshin()


if __name__ == "__main__":
    main()
