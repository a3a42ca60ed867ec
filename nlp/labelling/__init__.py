"""Training heads on people's labels, measuring them, and labelling: the commands of tags."""
