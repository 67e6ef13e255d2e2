"""The contract engine: schemas in, changes out. It knows no store, no files and no terminal."""
