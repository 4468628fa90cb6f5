"""What triggers listen with: entries, scope, filters, ringing time."""
