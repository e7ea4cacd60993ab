"""Pages from templates: plain Jinja, no request."""
