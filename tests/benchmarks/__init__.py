"""How fast the registry is: `make bench`. Nothing else in the project is tested by the clock."""
