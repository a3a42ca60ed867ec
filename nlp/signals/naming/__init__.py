"""What an alert is called: a title in its posts' own words, and its terms."""
