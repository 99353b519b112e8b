"""The pages of donors that may be registered twice."""
