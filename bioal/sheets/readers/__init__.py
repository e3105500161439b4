"""Files that instruments write, and plates typed by hand: found by content, as channels of cells by well.

A page of cells offers channels; each is a named measurement with a cell for each well, and for each time
where it was read repeatedly. Nothing here knows a round: which channel, plate and time is meant is asked in
`choosing`, and judged with everything else in `bioal.measurements.checking`.
"""
