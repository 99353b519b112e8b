"""The pages: each view unpacks the request, calls one service and picks a template."""
