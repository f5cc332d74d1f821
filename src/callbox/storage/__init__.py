"""Files on disk: safe reading and writing, downloads, and the user's private folders."""
