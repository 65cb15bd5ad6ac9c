"""What ties a port to its template: newer versions of it, and the answers it was rendered from."""
