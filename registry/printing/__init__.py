"""Many sheets at once: by point, day, group or list of codes, as long work with progress."""
