"""The steps of the config flow and the options flow."""
