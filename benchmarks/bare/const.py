"""Names that the benchmark and the bare integration share."""

DOMAIN = "bench_bare"
DATA_SHAPE = "bench_shape"
NOTHING_ID = "bench-nothing"
REPORT_ID = "bench-report"
