"""Tables of allele frequencies that a site loads: what a file says, what is kept, which one is in use."""
