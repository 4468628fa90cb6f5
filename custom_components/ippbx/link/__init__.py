"""The session with a PBX: login, heartbeat, probes, and the memory of refused logins."""
