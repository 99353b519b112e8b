"""Results of tests of donors for rare phenotypes: recorded, imported, withdrawn, and what follows from each."""
