"""Pages: answers as one HTML file each, which needs no network and no script to be read."""
