"""What the rules of other tools say of the same posts, beside what Tocsin found."""
