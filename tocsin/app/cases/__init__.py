"""``tocsin case`` and the page Cases: evidence pinned, noted, checked and handed on."""
