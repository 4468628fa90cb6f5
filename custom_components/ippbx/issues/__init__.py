"""What a user can mend: facts become problems, problems become Repairs."""
