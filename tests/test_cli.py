"""The command line: help, readable tables, terminals with few letters, words it refuses."""

from __future__ import annotations

import io
import json
import os
import re
import sys

import pytest
from conftest import write_study
from test_bad_input import one_sentence

from anagen.cli import app, main
from anagen.errors import brief, hint, unknown_word
from anagen.verdict.words import plural

COMMANDS = [command.callback.__name__ for command in app.registered_commands]
PLAIN = (["answer"], ["evidence"], ["evidence", "--therapy", "minoxidil", "--outcome", "density"])


def test_the_commands():
    assert COMMANDS == ["answer", "evidence", "simulate", "population", "trial", "check",
                        "cite", "bench"]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, anagen):
    ran = anagen(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Usage: anagen {command}" in ran.out
    assert len(ran.out.strip().splitlines()) > 3


@pytest.mark.parametrize("command", ["answer", "evidence"])
def test_the_seed_says_that_it_does_nothing(command, anagen):
    text = " ".join(anagen(command, "--help").out.split())
    assert "--seed" in text
    assert "Recorded; nothing here is random." in text


@pytest.mark.parametrize("args", PLAIN, ids=" ".join)
def test_no_number_on_the_screen_claims_four_decimals(args, anagen):
    ran = anagen(*args)
    assert ran.code == 0
    text = re.sub(r"\S*(?:doi|http|10\.\d{4,}/)\S*", "", ran.out)
    assert re.findall(r"\d+\.\d{4,}", text) == []
    assert "None" not in text


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_headings_are_whole(columns, anagen, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    lines = re.sub(r"\x1b\[[\d;]*m", "", anagen("answer").out)
    for heading in ("claim", "certainty", "verdict"):
        assert re.search(rf"^.*\b{heading}\b", lines, flags=re.M)
    assert re.search(r"controlled\b", lines)
    assert "…" not in lines


def test_controls_are_told_in_the_words_of_the_report(anagen):
    from anagen import answer
    from anagen.verdict.words import first_upper, say_control

    printed = " ".join(anagen("answer").out.split())
    for row in answer().controls:
        assert f"{first_upper(say_control(row))}, hairs/cm2 from baseline." in printed


def test_brackets_in_a_sentence_are_not_markup(capsys, monkeypatch):
    from anagen.cli.common import console_of

    console_of().print("a [bold] word :smile: and [0.1]")
    assert capsys.readouterr().out == "a [bold] word :smile: and [0.1]\n"


def test_one_file_and_two_files(study, anagen, tmp_path):
    path = write_study(tmp_path, study)
    assert anagen("check", path).out == f"{plural(1, 'file')}: nothing to mend\n"
    study["id"] = "Second2030"
    second = write_study(tmp_path, study)
    assert anagen("check", path, second).out == f"{plural(2, 'file')}: nothing to mend\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("args", [["answer"], ["answer", "--json"], ["check", "nicht−da.yaml"]])
def test_a_terminal_with_few_letters_is_enough(args, encoding, monkeypatch):
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    monkeypatch.setattr(sys, "argv", ["anagen", *args])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    assert code == (2 if args[0] == "check" else 0)
    for stream in streams:
        stream.flush()
    told = [stream.buffer.getvalue().decode(encoding, "replace") for stream in streams]
    if "--json" in args:
        from anagen import answer

        assert json.loads(told[0]) == answer().model_dump(mode="json")
    elif args[0] == "answer":
        assert "Not shown" in told[0]
    else:
        assert told[1].startswith("error: nicht")


def test_cite_prints_what_the_run_rests_on(study, anagen, tmp_path):
    write_study(tmp_path / "mine", study)
    args = ["--studies", tmp_path / "mine"]
    assert anagen("answer", *args, "--out", tmp_path / "out").code == 0
    cited = anagen("cite", tmp_path / "out", *args)
    assert cited.code == 0
    assert "Synthetic trial Planted2030" in cited.out
    alone = anagen("cite", tmp_path / "out")
    assert alone.code == 2
    assert "Planted2030" in alone.err
    assert "--studies" in alone.err


def test_the_hint_is_one_sentence_everywhere():
    words = ["exosome", "secretome", "prp"]
    assert hint("exosme", words) == "did you mean 'exosome'? "
    assert hint("zzz", words) == ""
    allowed = "allowed: exosome, prp, secretome"
    assert unknown_word("therapy", "exosme", words) == (
        f"unknown therapy 'exosme'; did you mean 'exosome'? {allowed}"
    )
    assert unknown_word("therapy", "zzz", words, "ask") == "unknown therapy 'zzz'; ask"
    assert "\n" not in unknown_word("key", "a\nb" * 100, words)
    assert len(brief("x" * 1000)) == 60


# ---- words and folders that cannot be used --------------------------------------------------


@pytest.mark.parametrize(
    ("args", "fragments"),
    [(["evidence", "--therapy", "exosme"], ["therapy", "'exosme'", "'exosome'"]),
     (["evidence", "--outcome", "hair_densty"], ["outcome", "hair_densty"]),
     (["evidence", "--condition", "alopecia aerata"], ["condition", "'alopecia_areata'"]),
     (["check", "nowhere.yaml"], ["nowhere.yaml", "no such file"]),
     (["check", "notes.txt"], ["notes.txt"]),
     (["check", "."], ["is a folder"]),
     (["check", "README.md"], ["'.md'", "allowed: .yaml", "regulation"]),
     (["evidence", "--outcome", "densty"], ["outcome or family", "'density'"]),
     (["cite", "nowhere"], ["nowhere"]),
     (["answer", "--out", ""], ["empty name of a folder"]),
     (["answer", "--studies", ""], ["empty name of a folder"]),
     (["answer", "--studies", "nowhere"], ["nowhere", "no such folder"])],
)  # fmt: skip
def test_bad_words_on_the_command_line(args, fragments, anagen):
    ran = anagen(*args)
    assert ran.code == 2
    sentence = one_sentence(ran.err)
    for fragment in fragments:
        assert fragment in sentence


@pytest.mark.parametrize("empty", ["nothing", "notes", "deeper"])
def test_folder_without_studies(empty, study, anagen, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    if empty == "notes":
        (folder / "notes.txt").write_text("later")
    if empty == "deeper":
        write_study(folder / "inside", study)
    ran = anagen("answer", "--studies", folder)
    assert ran.code == 2
    assert "no study directly in this folder" in one_sentence(ran.err)


def test_both_suffixes_of_yaml_are_read(study, tmp_path):
    from anagen import load_studies

    write_study(tmp_path, study).rename(tmp_path / "Planted2030.yml")
    assert "Planted2030" in {s.id for s in load_studies(tmp_path)}


@pytest.mark.parametrize(
    ("text", "said"),
    [("{}", "run record"), ("[]", "run record"), ("{", "run record"),
     ('{"citations": "Amini2025"}', "list of texts"),
     ('{"citations": [1]}', "list of texts"), ('{"citations": null}', "list of texts"),
     ('{"citations": ["Nobody1900"]}', "unknown studies: Nobody1900; give the folder")],
)  # fmt: skip
def test_cite_wants_a_run_record(text, said, anagen, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(text)
    ran = anagen("cite", path)
    assert ran.code == 2
    assert ran.out == ""
    assert said in one_sentence(ran.err)


@pytest.mark.parametrize("word", [5, ["exosome"], 1.5])
@pytest.mark.parametrize("part", ["therapy", "condition"])
def test_a_question_is_put_in_words(part, word):
    from anagen import InputError, find_evidence

    with pytest.raises(InputError, match=f"a {part} is a word such as"):
        find_evidence(**{part: word})


def test_out_that_is_a_file(anagen, tmp_path):
    path = tmp_path / "out"
    path.write_text("mine")
    ran = anagen("answer", "--out", path)
    assert ran.code == 2
    assert "is a file; give another --out folder" in one_sentence(ran.err)
    assert path.read_text() == "mine"


def test_out_under_a_file(anagen, tmp_path):
    (tmp_path / "a").write_text("mine")
    ran = anagen("answer", "--out", tmp_path / "a" / "b")
    assert ran.code == 2
    sentence = one_sentence(ran.err)
    assert f"cannot be written in the folder {tmp_path / 'a' / 'b'}" in sentence
    assert "give another --out folder" in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_out_without_permission(anagen, tmp_path):
    tmp_path.chmod(0o500)
    ran = anagen("answer", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "cannot be written" in one_sentence(ran.err)


def test_unknown_option_is_refused(anagen):
    assert anagen("answer", "--outt", "x").code == 2


def test_an_earlier_report_survives_a_failed_run(study, anagen, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("earlier")
    study["results"][0]["sd"] = -1.0
    write_study(tmp_path / "mine", study)
    assert anagen("answer", "--studies", tmp_path / "mine", "--out", out).code == 2
    assert (out / "report.html").read_text() == "earlier"
    assert [p.name for p in out.iterdir()] == ["report.html"]
