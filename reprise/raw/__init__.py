"""Raw tables: fetched from wherever they are, and read column by column."""
