"""The verifier that needs no network: a page that checks signed codes in the browser, and the same in one file."""
