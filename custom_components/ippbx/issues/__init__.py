"""Problems that a user can mend: from facts to problems, from problems to Repairs."""
