"""Files coming in: bytes → lenient rows → values and issues → outcome of every row → one transaction."""
