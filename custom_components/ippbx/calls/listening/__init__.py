"""What triggers and conditions use: loaded entries, scope, filters, ringing time."""
