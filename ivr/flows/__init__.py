"""What a caller is asked and told, one flow a file."""
