"""Ways through the portal, from page to page by their real forms, without JavaScript."""
