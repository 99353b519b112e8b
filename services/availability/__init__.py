"""What the registry has for every directive, kept day by day: counting, reading, telling."""
