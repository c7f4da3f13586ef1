"""What people read: the reports as HTML, Markdown and terminal text, and everything that prints a number or a word of them."""
