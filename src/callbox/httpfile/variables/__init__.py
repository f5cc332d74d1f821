"""Variables of a `.http` file: scopes, references to responses, dynamic values, environments. Pure."""
