"""Tags with their error: heads trained on people's labels, over stored vectors and characters."""
