"""Policies read and written: the text file, the Python builder, the Cedar importer."""
