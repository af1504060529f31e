"""From the files that a path names to local ones that a backend reads: fetched, unpacked, decoded.

Delimited text in UTF-8 and Parquet stay as they are. Everything else becomes one of two forms that
every backend reads alike: delimited text in UTF-8, or a table of texts, whose values are turned
into the declared types by the same rules as those of delimited text.
"""
