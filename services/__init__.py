"""Use cases as functions: load, ask the domain, save; the session comes first and nothing here commits."""
