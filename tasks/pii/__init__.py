"""Finding Iranian personal data in a text: one module per kind of evidence, `find` puts them together."""
