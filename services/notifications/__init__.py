"""Messages to people of the site: put into the outbox with the fact they tell, put into words and sent after it."""
