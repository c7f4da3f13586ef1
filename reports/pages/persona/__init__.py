"""The persona section of the reports: its sentences and its tables, for HTML and Markdown alike."""
