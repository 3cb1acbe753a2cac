"""Tables made of a store: columns that are described, forms as rows, and the files they are written to."""
