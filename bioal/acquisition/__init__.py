"""What candidates are worth and which belong together in a batch; arrays only, larger is better."""
