"""The API of OpenVox UC, Yeastar S-Series, K2 and Cloud (v0.0.1, v1.1.0, v2.0.0)."""
