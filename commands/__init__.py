"""The command line: unpack arguments, call one service, print. The transaction opens and closes here."""
