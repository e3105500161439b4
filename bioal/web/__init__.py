"""A local page for people who do not use a terminal: the same calls as the command line, drawn as forms.

`gate` lets in only this computer's own browser; `server` runs it; `app` puts the pages together. A page shows
what a `Campaign` says and sends back what a person typed: whatever changes a campaign carries the head record
that its page was made from, and is refused, with nothing lost, where another has been recorded since.
"""
