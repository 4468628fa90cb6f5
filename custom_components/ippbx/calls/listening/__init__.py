"""What triggers use: loaded entries, scope, filters, ringing time."""
