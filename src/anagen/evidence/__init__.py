"""The evidence base: studies, effect sizes, pools, risk of bias, certainty, controls, claims."""
