"""The same report for runs of any size: an index of the cases beside the tables, and a server that shows them page by page."""
