"""Standing searches: directives kept under watch, and what changed for each since the look before."""
