"""Files that other systems leave in a watched folder: read, imported, answered and put away."""
