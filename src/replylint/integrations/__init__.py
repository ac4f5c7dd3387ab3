"""replylint where people and programs already work. Each module imports only the public names of `replylint`."""
