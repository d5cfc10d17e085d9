"""Where something is: points, grid cells, addresses, and finding a place in words."""
