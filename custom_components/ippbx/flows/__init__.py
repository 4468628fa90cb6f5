"""Forms and checks of the config flow, and the options flow."""
