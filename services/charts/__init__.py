"""Charts drawn on the server: SVG with presentation attributes alone, so the same on screen and on paper."""
