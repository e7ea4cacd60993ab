"""`tracker demo`: a desk with life in it, made by the same services as a real one, with invented people on reserved domains."""
