"""What works here: the outcomes of transfusions by what was given, aggregated or pseudonymised."""
