"""Files on disk: read and write them safely, download into them, and find the user's private folders."""
