"""The rules of the house; standard library only, no framework, no database, no clock."""
