"""The pictures of the page: SVG drawn when the report is written, each with its words and its data as a table."""
