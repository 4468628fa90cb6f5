"""Cards and a strategy for dashboards: their bundle, and the websocket commands that they use."""
