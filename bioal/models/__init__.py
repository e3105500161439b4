"""Beliefs about the readout, fitted to evidence: Gaussian process, tree ensembles, mixture; arrays only."""
