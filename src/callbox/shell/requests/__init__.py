"""From a bound line to a request on its way: draft, credentials, sending, output."""
