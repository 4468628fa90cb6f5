"""The API of OpenVox UC and Yeastar S-Series (v0.0.1, v1.1.0, v2.0.0)."""
