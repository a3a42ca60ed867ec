"""``python -m tocsin``."""

from tocsin.app.cli import main

main()
