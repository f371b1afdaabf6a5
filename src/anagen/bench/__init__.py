"""The benchmark: the event engine beside peers that do the same work, timed in one run."""
