"""The search workbench of a patient: the page, the explanation of a donor, and what both read from the address."""
