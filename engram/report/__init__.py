"""What a person or a program reads: findings and reports, as text, Markdown and JSON."""
