"""Anyone checks a certificate: by link, by typed code, by its signed code."""
