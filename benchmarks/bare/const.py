"""Names that the benchmark and the bare integration share."""

DOMAIN = "bench_bare"
DATA_SHAPE = "bench_shape"
# As long as the id of the integration's webhook: Home Assistant looks at each letter of a path.
NOTHING_ID = "00000000000000000000000000000000"
REPORT_ID = "11111111111111111111111111111111"
STATES_ID = "33333333333333333333333333333333"
