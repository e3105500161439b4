from __future__ import annotations

import re

import numpy as np
import pytest

import bioal.protocol.templates as module
from bioal.errors import UsageError
from bioal.protocol.protocol import protocol_from_file, protocol_from_toml
from bioal.protocol.templates import starting_text, template_text, templates

NAMES = ("cell_free_borkowski", "laci_circuit_metis", "txtl_metis")


def test_the_published_protocols_are_there_with_their_source():
    assert {template.name for template in templates()} >= set(NAMES)
    for template in templates():
        assert template.title
        assert "https://" in template.source


def test_a_protocol_with_stocks_is_known_from_one_without():
    volumes = {template.name: template.volumes for template in templates()}
    assert all(volumes[name] for name in NAMES)
    assert not volumes["cetch_metis"]


@pytest.mark.parametrize("name", NAMES)
def test_each_ready_protocol_is_sound_and_says_all_itself(name):
    protocol = protocol_from_toml(template_text(name))
    codes = protocol.space.sample(200, np.random.default_rng(0))
    assert len(codes) == 200
    assert protocol.space.feasible(codes).all()


def test_the_borkowski_protocol_has_the_published_number_of_conditions():
    protocol = protocol_from_toml(template_text("cell_free_borkowski"))
    assert (protocol.space.count().value, protocol.space.count().exact) == (4**11, True)


def by_convolution(drops: list[range | list[int]], room: int) -> int:
    """Count the ways to fill at most `room` drops, by multiplying polynomials of whole numbers."""
    ways = [1] + [0] * room
    for counts in drops:
        ways = [sum(ways[total - count] for count in counts if count <= total) for total in range(room + 1)]
    return sum(ways)


def test_the_txtl_protocol_counts_like_whole_drops_of_100_nl():
    drops = [range(1, 5), range(2, 11), range(5), range(1, 11), range(7), range(5, 51), range(1, 6)]
    drops += [range(1, 6), range(17), range(1, 6), range(1, 6), range(1, 6), range(1, 8)]
    count = protocol_from_toml(template_text("txtl_metis")).space.count()
    assert (count.value, count.exact) == (by_convolution(drops, 125), True)


def test_the_laci_protocol_counts_like_volumes_in_steps_of_10_nl():
    drops = [range(40, 201, 20), range(0, 81, 10), range(10, 101, 10), range(10, 51, 10)]
    drops += [[20, 40, 70, 100, 130, 160, 180, 200]]
    drops += [[160, 200, 250, 300, 370, 420, 460, 500], [0, 5, 10, 20, 30, 40, 60, 80, 100, 120, 160, 200]]
    # 20 uL without lysate, energy buffer, IPTG or water (10.6 uL) and circuit plasmid (0.2 uL).
    count = protocol_from_toml(template_text("laci_circuit_metis")).space.count()
    assert (count.value, count.exact) == (4 * by_convolution(drops, 920), True)


def test_an_unknown_template_names_the_known_ones():
    with pytest.raises(UsageError, match=r"cell_free_borkowski.*Did you mean 'txtl_metis'"):
        template_text("txtl_metiss")


def test_protocols_are_found_inside_an_installed_package_first(tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text("# Mine\n# Source: nobody,\n#   nowhere\n", encoding="utf-8")
    monkeypatch.setattr(module, "FOLDERS", (tmp_path, *module.FOLDERS))
    assert [(each.name, each.title, each.source) for each in templates()] == [
        ("mine", "Mine", "nobody, nowhere")
    ]
    monkeypatch.setattr(module, "FOLDERS", (tmp_path / "absent",))
    assert templates() == ()


def test_the_starting_text_is_sound_and_explains_itself():
    protocol = protocol_from_toml(starting_text())
    assert protocol.notes == ()
    assert protocol.space.count().exact
    assert starting_text().count("\n#") > 15


def test_the_starting_text_is_sound_with_every_commented_line_in_use():
    uncommented = re.sub(
        r"(?m)^# (?=(\[factors\.|unit =|levels =|per =|no_product =|low =|high =))", "", starting_text()
    )
    assert "temperature" in protocol_from_toml(uncommented).space.plate_factors


def test_the_files_read_like_their_text():
    for template in templates():
        assert protocol_from_file(template.path).text == template_text(template.name)
