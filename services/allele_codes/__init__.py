"""Multiple allele codes (MAC): read from the user's own file, kept in the database, looked up one by one."""
