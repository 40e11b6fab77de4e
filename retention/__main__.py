"""``python -m retention``."""

from retention.cli import main

if __name__ == "__main__":
    main()
