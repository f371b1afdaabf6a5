"""Statistics of trials on plain arrays: estimates, tests, boundaries, power, imputation."""
