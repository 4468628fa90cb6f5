"""The channels by which reports arrive: webhook, own listener, outbound feed."""
