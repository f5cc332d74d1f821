"""What a shell remembers: facts about APIs, and earlier requests and responses, in an SQLite file."""
