"""Who wants to be told what, and how the news reach them."""
