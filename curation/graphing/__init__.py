"""Who reads what, as a picture or for another program to draw."""
