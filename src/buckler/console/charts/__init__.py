"""Charts that are drawn on the server: data in, SVG out. No script, no style attribute, nothing from elsewhere."""
