"""Files sent by a page or by the API: kept, checked, confirmed, imported, and forgotten."""
