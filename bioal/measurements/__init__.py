"""What came back: every cell judged, replicates pooled, references applied, evidence handed on."""
