import logging
from datetime import UTC, datetime

import pytest
import typst

from booking import papers, qr
from tests.papers import codes_in, read

MADE = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


@pytest.fixture
def template(tmp_path, monkeypatch):
    """A paper with a heading, names in a list and a QR code."""
    monkeypatch.setattr(papers, "ROOT", tmp_path)
    monkeypatch.setattr(papers, "_compilers", {})
    shared = (papers.Path(papers.settings.BASE_DIR) / "templates" / "papers" / "paper.typ").read_text()
    (tmp_path / "paper.typ").write_text(shared)
    (tmp_path / "names.typ").write_text(
        '#import "paper.typ": *\n#show: paper\n= #data.title\n#for name in data.names [- #name\n]\n'
        '#if "code" in data { qr(data.code, data.address, "QR code", width: 40mm) }'
    )
    return "names.typ"


def test_paper_is_tagged_and_says_its_title_and_language(template):
    made = papers.pdf(template, {"title": "Sign-in sheet", "names": ["Ann Ash"]}, made_at=MADE)

    paper = read(made)

    assert (paper.title, paper.language, paper.tagged, paper.ua) == ("Sign-in sheet", "en-GB", True, "1")
    assert "Ann Ash" in paper.words


def test_paper_prints_a_name_as_it_is_and_never_as_markup(template):
    names = ['#import "x": *', "*Star*", "$ 1/0 $", "</text>", "\\ @here <b>"]

    made = papers.pdf(template, {"title": "= Not a heading #panic()", "names": names}, made_at=MADE)

    words = read(made).words
    assert [name for name in names if name not in words] == []


def test_paper_of_the_same_moment_has_the_same_bytes(template):
    data = {"title": "Sign-in sheet", "names": ["Ann Ash"]}

    first, second = papers.pdf(template, data, made_at=MADE), papers.pdf(template, data, made_at=MADE)

    assert first == second


@pytest.mark.parametrize("name", ["Łukasz Żółć", "Đặng Nguyễn", "Ελένη", "Іван", "محمد"])
def test_paper_has_the_letters_of_many_names(template, name):
    made = papers.pdf(template, {"title": "Names", "names": [name]}, made_at=MADE)

    assert read(made).ua == "1"


def test_paper_with_letters_that_no_font_has_is_made_without_the_mark(template, caplog):
    private = "Jo \U0010fffd Bell"  # a letter of nobody's alphabet

    with caplog.at_level(logging.WARNING):
        made = papers.pdf(template, {"title": "Names", "names": [private]}, made_at=MADE)

    paper = read(made)
    assert (paper.ua, paper.tagged, paper.language, paper.title) == (None, True, "en-GB", "Names")
    assert [one.getMessage() for one in caplog.records] == [
        "No font here has all letters of a paper (names.typ): it is made without the mark of PDF/UA."
    ]


def test_paper_that_is_wrong_in_itself_is_an_error(template):
    with pytest.raises(typst.TypstError):
        papers.pdf(template, {"title": "Names"}, made_at=MADE)


def test_paper_shows_a_qr_code_and_its_address_beside_it(template):
    address = "https://hub.example/certificates/7F3K-22QP/"
    data = {"title": "Code", "names": [], "code": qr.svg(address), "address": address}

    made = papers.pdf(template, data, made_at=MADE)

    words = {"data": papers.json.dumps(data)}
    picture = typst.compile(str(papers.ROOT / template), format="png", sys_inputs=words, ppi=144)
    assert codes_in(picture) == [address]
    assert address in read(made).words.replace("\n", "")
