"""What documents were before: their history in the index, and `tocsin versions`."""
