"""Tables that are no text: workbooks and Parquet."""
