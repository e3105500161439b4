"""What people look at: the numbers behind the figures, whether to go on, and one HTML file to mail."""
