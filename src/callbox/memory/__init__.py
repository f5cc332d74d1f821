"""What a shell has seen of APIs, its requests and responses of earlier days, and the file that holds them."""
