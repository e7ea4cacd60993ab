"""HTTP in, one service call, HTTP out; one blueprint each."""
