"""The follicle: its law, the event engine, and the exact expectation that checks it."""
