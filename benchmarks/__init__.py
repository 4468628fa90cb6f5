"""What the integration costs: run by scripts/bench, described in docs/performance.md."""
