"""Names of accounts inside texts and addresses, and what stands for them where accounts hide."""
