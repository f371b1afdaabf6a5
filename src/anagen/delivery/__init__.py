"""Delivery: from what is given in a session to the concentration that a follicle meets.

Inside: day, mm, mL, cm2; a concentration is an amount per mL of interstitial fluid.
"""
