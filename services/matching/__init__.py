"""The matching service: registry index, one-pass engine, explanations."""
