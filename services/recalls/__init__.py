"""What somebody has to do, and by when: one list over all that the registry waits for."""
