"""The division of scarce donors among the patients who need them: the board, its marks, moves and acceptance."""
