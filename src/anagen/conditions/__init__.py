"""What a diagnosis lays on the follicles: one file per diagnosis, numbers and arrays in and out."""
