"""The actions of the domain: table, fields, targets, handlers."""
