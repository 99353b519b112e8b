"""Who may use the registry and for what: accounts, roles, ways in, sessions and tokens."""
