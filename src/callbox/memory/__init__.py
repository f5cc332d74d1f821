"""The memory of a shell: facts about APIs, and earlier requests and responses, in an SQLite file."""
