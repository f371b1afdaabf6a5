"""What a product does: one file per product, numbers and arrays in and out."""
