/* Built by scripts/frontend from sources 0123456789abcdef */
