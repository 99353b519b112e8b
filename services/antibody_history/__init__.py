"""A patient's serial sera: what each leaves open over the registry, and what changed from one to the next."""
