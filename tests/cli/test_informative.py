"""`bioal informative`: a set that is no better than any other says so, on the terminal and in the result."""

from __future__ import annotations

from dataclasses import replace

from bioal.campaign.viewing import Viewing


def test_a_set_no_better_than_any_is_not_recommended(begun, filled, monkeypatch):
    assert begun("propose --conditions 12").code == 0
    assert begun("merge", str(filled())).code == 0
    really = Viewing.informative

    def poor(self, *args, **kwargs):
        return replace(really(self, *args, **kwargs), error=0.682, beaten=0.38, spread=0.632)

    def good(self, *args, **kwargs):
        return replace(really(self, *args, **kwargs), error=0.3, beaten=0.9, spread=0.632)

    monkeypatch.setattr(Viewing, "informative", poor)
    said = begun("informative --conditions 5")
    assert "These are no better than any 5 conditions: take more, or measure more first." in said.err
    assert "67 of 100 random sets" in said.err
    assert "A guess of the mean for all would be as good." in said.err
    found = begun("informative --conditions 5 --json").json["result"]
    assert found["recommended"] is False
    assert "take more, or measure more first" in found["warnings"][0]
    monkeypatch.setattr(Viewing, "informative", good)
    assert "no better" not in begun("informative --conditions 5").err
    assert begun("informative --conditions 5 --json").json["result"]["recommended"] is True
