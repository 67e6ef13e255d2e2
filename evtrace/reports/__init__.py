"""Reports: one file asks the store one question."""
