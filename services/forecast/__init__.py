"""The supply forecast: what patients need week by week, the donors they have for it, and what would close a gap."""
