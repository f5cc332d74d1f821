"""Descriptions of APIs: read OpenAPI documents into one model, find the operation of a request, make example bodies."""
