"""Other libraries that hipc joins; each module is imported on its own."""
