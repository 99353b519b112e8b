"""The rare-donor file: who is in it, how sure, who looks after them, and what needs somebody."""
