"""What a trial reports: endpoints, instruments with their error, and the control response."""
