"""What administrators keep: accounts, sites, jobs, references, the audit trail."""
