"""From what reaches a cell to the clocks of the hair cycle: response, signals, drive."""
