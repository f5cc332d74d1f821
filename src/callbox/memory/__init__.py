"""The memory of a shell: facts seen of APIs, requests and responses of earlier days, and the file that holds them."""
