"""`python -m bioal`: the command line, where its script is not on the path."""

from bioal.cli.main import main

main()
