"""What a simulated forecast says: summary, timeline, ranking, exposure, pictures, protocols.

Nothing here is simulated twice for its own sake: numbers come from the draws of a
`anagen.simulate.forecast.Forecast`; a picture re-runs one draw, whose counts it must repeat.
"""
