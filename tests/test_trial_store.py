"""Finished replicates on disk: what survives, what is run again, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anagen.errors import InputError, OutputError
from anagen.trial import store as on_disk
from anagen.trial.store import ABOUT, NUMBER, RECORDS, Store

ABOUT_IT = {"design": "a" * 64, "scenario": "central", "seed": 0, "data": "b" * 64}
WIDTH, REPLICATES = 5, 12
SIZE = NUMBER.itemsize * (1 + WIDTH)
ALL = slice(0, WIDTH)


def row(replicate: int) -> np.ndarray:
    """Numbers of a replicate, a missing one and a zero among them."""
    return np.array([replicate, np.nan, -np.inf, 0.0, 1 / (replicate + 1)])


def a_store(folder: Path, replicates: int = REPLICATES, **about: Any) -> Store:
    return Store(folder, replicates, WIDTH, ABOUT_IT | about)


def filled(folder: Path, replicates: int = REPLICATES) -> Store:
    store = a_store(folder, replicates)
    for r in range(replicates):
        store.put(r, row(r))
    store.flush()
    return store


def test_finished_rows_survive_to_the_bit(tmp_path: Path) -> None:
    store = a_store(tmp_path / "new" / "folder")
    assert store.missing() == list(range(REPLICATES))
    for r in (7, 0, 3):
        store.put(r, row(r))
    again = a_store(tmp_path / "new" / "folder")
    assert again.finished().tolist() == [0, 3, 7]
    assert again.missing() == [1, 2, 4, 5, 6, 8, 9, 10, 11]
    kept = again.rows(ALL, again.finished())
    assert kept.tobytes() == np.stack([row(r) for r in (0, 3, 7)]).tobytes()
    assert again.rows(ALL).tobytes() == kept.tobytes()
    assert again.rows(slice(3, 5), np.array([7])).tolist() == [[0.0, 1 / 8]]


def test_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, which = filled(tmp_path), np.array([1, 4, 5, 11])
    whole = store.rows(ALL, which)
    monkeypatch.setattr(on_disk, "BLOCK", 5)
    assert store.rows(ALL, which).tobytes() == whole.tobytes()
    assert store.finished().tolist() == list(range(REPLICATES))


@pytest.mark.parametrize("at", [0, NUMBER.itemsize - 1, NUMBER.itemsize, SIZE - 1])
def test_a_record_with_one_changed_bit_is_run_again(tmp_path: Path, at: int) -> None:
    filled(tmp_path)
    data = bytearray((tmp_path / RECORDS).read_bytes())
    data[4 * SIZE + at] ^= 1
    (tmp_path / RECORDS).write_bytes(data)
    store = a_store(tmp_path)
    assert store.missing() == [4]
    store.put(4, row(4))
    assert store.missing() == []
    assert store.rows(ALL).tobytes() == np.stack([row(r) for r in range(REPLICATES)]).tobytes()


@pytest.mark.parametrize("cut", [1, SIZE, 2 * SIZE + 3])
def test_what_a_shortened_file_lost_is_run_again(tmp_path: Path, cut: int) -> None:
    whole = (filled(tmp_path).folder / RECORDS).read_bytes()
    (tmp_path / RECORDS).write_bytes(whole[:-cut])
    store, kept = a_store(tmp_path), (len(whole) - cut) // SIZE
    assert store.missing() == list(range(kept, REPLICATES))
    for r in store.missing():
        store.put(r, row(r))
    assert (tmp_path / RECORDS).read_bytes() == whole


def test_a_record_moved_to_another_folder_counts_for_nothing(tmp_path: Path) -> None:
    filled(tmp_path / "one")
    other = a_store(tmp_path / "other", seed=1)
    (tmp_path / "other" / RECORDS).write_bytes((tmp_path / "one" / RECORDS).read_bytes())
    assert other.missing() == list(range(REPLICATES))


def test_the_order_in_which_rows_come_changes_no_byte(tmp_path: Path) -> None:
    filled(tmp_path / "up")
    down = a_store(tmp_path / "down")
    for r in (3, *reversed(range(REPLICATES)), 3):
        down.put(r, row(r))
    for name in (RECORDS, ABOUT):
        assert (tmp_path / "up" / name).read_bytes() == (tmp_path / "down" / name).read_bytes()


def test_two_stores_at_once_in_one_folder_do_no_harm(tmp_path: Path) -> None:
    one, other = a_store(tmp_path / "shared"), a_store(tmp_path / "shared")
    for r in range(REPLICATES):
        (one if r % 3 else other).put(r, row(r))
        (other if r % 2 else one).put(r, row(r))
    filled(tmp_path / "alone")
    files = [(tmp_path / name / RECORDS).read_bytes() for name in ("shared", "alone")]
    assert files[0] == files[1]
    assert one.missing() == other.missing() == []


def test_more_replicates_extend_and_of_fewer_the_first_are_used(tmp_path: Path) -> None:
    filled(tmp_path)
    more = a_store(tmp_path, REPLICATES + 3)
    assert more.missing() == [12, 13, 14]
    fewer = a_store(tmp_path, 4)
    assert fewer.missing() == []
    assert fewer.rows(ALL).tobytes() == np.stack([row(r) for r in range(4)]).tobytes()


@pytest.mark.parametrize("changed", [{"seed": 1}, {"design": "c"}, {"data": "d"}])
def test_replicates_of_something_else_are_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    filled(tmp_path)
    before = (tmp_path / RECORDS).read_bytes()
    with pytest.raises(InputError, match="another folder, or empty it") as error:
        a_store(tmp_path, **changed)
    assert f"(another {next(iter(changed))})" in str(error.value)
    assert "\n" not in str(error.value)
    assert (tmp_path / RECORDS).read_bytes() == before


def test_replicates_of_another_version_or_width_are_refused(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(InputError, match="another width"):
        Store(tmp_path, REPLICATES, WIDTH + 1, ABOUT_IT)
    said = json.loads((tmp_path / ABOUT).read_text())
    (tmp_path / ABOUT).write_text(json.dumps(said | {"version": "0.0.1"}))
    with pytest.raises(InputError, match="another version"):
        a_store(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "\udcff"])
def test_a_damaged_description_is_refused(tmp_path: Path, text: str) -> None:
    filled(tmp_path)
    (tmp_path / ABOUT).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError):
        a_store(tmp_path)


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot"):
        a_store(tmp_path / "file" / "folder")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    store = a_store(tmp_path)
    (tmp_path / RECORDS).unlink()
    (tmp_path / RECORDS).symlink_to("/dev/full")
    with pytest.raises(OutputError, match="cannot hold the replicates") as error:
        store.put(0, row(0))
    assert "\n" not in str(error.value)
    assert a_store(tmp_path).missing() == list(range(REPLICATES))


def test_a_record_folder_that_vanished_is_one_sentence(tmp_path: Path) -> None:
    store = filled(tmp_path)
    (tmp_path / RECORDS).unlink()
    with pytest.raises(OutputError, match="No such file"):
        store.missing()
