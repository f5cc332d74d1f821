"""The memory of a shell: facts about APIs, earlier requests and responses, and the file that holds them."""
