"""Recruitment campaigns: the list, the plan, the board, results, papers and the calendar of recalls."""
