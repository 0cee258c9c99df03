"""The hub's own pages and its news: what staff write is what everybody reads, and what stood before can come back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db.models.signals import post_init
from django.test import Client
from django.utils import timezone

from accounts.actions import news, rights
from accounts.models import HistoryLine, NewsItem, Page, User
from tests.factories import create_hub_staff, create_news, create_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_about_says_who_the_hub_is_before_anybody_has_written_it(client: Client) -> None:
    text = client.get("/about/").content.decode()

    assert "Leicestershire, Leicester, Rutland and North Northamptonshire" in text
    assert 'href="mailto:hub@hub.example"' in text


def test_about_offers_the_office_an_outline_that_nobody_reads_until_it_is_written(
    client: Client, log_in: Callable[[User], Client]
) -> None:
    person = create_hub_staff()
    staff = log_in(person)

    offers = [staff.get(f"/office/pages/{slug}/").content.decode() for slug in ("about", "privacy")]
    taken = staff.get("/office/pages/about/?outline=1").content.decode()
    public = client.get("/about/").content.decode()
    rights.change_page(slug="about", text="Us.\n\n## Who does what\n\nOlive leads.", by=person)
    after = staff.get("/office/pages/about/?outline=1").content.decode()

    assert ["take an outline over" in page for page in offers] == [True, False]
    headings = ("## Who does what", "## Strategic partners", "## Operational partners")
    assert [heading in taken for heading in headings] == [True, True, True]
    assert "How to reach us" in taken
    assert "Strategic partners" not in public
    assert ("Strategic partners" in after, "outline" in after) == (False, False)


def test_page_shows_how_it_looks_while_it_is_typed_and_changes_nothing(log_in: Callable[[User], Client]) -> None:
    staff = log_in(create_hub_staff())

    looks = staff.post("/office/pages/about/", {"text": "**Bars**<script>"}, headers={"HX-Request": "true"})
    without_script = staff.post("/office/pages/about/", {"text": "**Bars**"})

    assert "<strong>Bars</strong>&lt;script&gt;" in looks.content.decode()
    assert "<strong>Bars</strong>" in without_script.content.decode()
    assert Page.objects.count() == 0


def test_page_keeps_what_it_said_before_and_takes_it_up_again(log_in: Callable[[User], Client]) -> None:
    person = create_hub_staff()
    staff = log_in(person)
    rights.change_page(slug="about", text="First words.", by=person)
    rights.change_page(slug="about", text="Second words.", by=person)
    lines = HistoryLine.objects.filter(verb="page_changed").order_by("pk")

    page = staff.get("/office/pages/about/").content.decode()
    earlier = staff.get(f"/office/pages/about/?earlier={lines[1].pk}").content.decode()
    other = staff.get("/office/pages/about/?earlier=999").content.decode()

    assert page.count("Take these words up again") == 2
    assert "<p>First words.</p>" in page
    assert "These are the words of before" in earlier
    assert "First words.</textarea>" in earlier
    assert "Second words.</textarea>" in other


def test_news_is_a_draft_until_it_is_published_and_its_day_has_come(client: Client) -> None:
    staff, today = create_hub_staff(), timezone.localdate()
    written = {"text": "More chairs.", "by": staff}
    draft = news.write(item=None, title="Draft", dated_on=today, publish=False, **written)
    coming = news.write(item=None, title="Coming", dated_on=today + timedelta(days=1), publish=True, **written)
    out = news.write(item=None, title="Out", dated_on=today, publish=True, **written)

    shown = client.get("/news/").content.decode()

    assert list(NewsItem.objects.published()) == [out]
    assert [title in shown for title in ("Draft", "Coming", "Out")] == [False, False, True]
    assert [client.get(f"/news/{one.pk}/").status_code for one in (draft, coming, out)] == [404, 404, 200]
    assert news.said_of(coming).startswith("Everybody reads this from")


def test_news_is_written_changed_and_taken_back_in_the_browser(log_in: Callable[[User], Client]) -> None:
    staff = log_in(create_hub_staff())
    given = {"title": "A larger hall", "text": "More chairs.", "dated_on": timezone.localdate().isoformat()}

    staff.post("/office/news/write/", given | {"draft": "1"})
    item = NewsItem.objects.get()
    states = [item.is_shown]
    for address, more in ((f"/office/news/{item.pk}/", {"publish": "1"}), (f"/office/news/{item.pk}/take-back/", {})):
        staff.post(address, given | more)
        item.refresh_from_db()
        states.append(item.is_shown)

    verbs = HistoryLine.objects.about(item).order_by("pk").values_list("verb", flat=True)
    assert states == [False, True, False]
    assert list(verbs) == ["news_written", "news_published", "news_taken_back"]


def test_news_that_a_colleague_has_just_taken_back_stays_a_draft_when_a_change_is_kept(
    log_in: Callable[[User], Client],
) -> None:
    """Two of the office at once: one has the published item open, the other takes it back."""
    staff, item = log_in(create_hub_staff()), create_news()
    given = {"title": "A larger hall", "text": "More chairs.", "dated_on": timezone.localdate().isoformat()}
    taken_back = []

    def take_back_behind_the_page(instance: NewsItem, **_signal: object) -> None:
        if not taken_back:
            taken_back.append(instance.pk)
            news.take_back(item=instance, by=item.made_by)

    post_init.connect(take_back_behind_the_page, sender=NewsItem)
    try:
        staff.post(f"/office/news/{item.pk}/", given | {"keep": "1"})
    finally:
        post_init.disconnect(take_back_behind_the_page, sender=NewsItem)

    item.refresh_from_db()
    assert (item.text, item.is_out) == ("More chairs.", False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dated_on": "2027-06-31"}, "date"),
        ({"title": " "}, "title"),
        ({"text": ""}, "What is new"),
        ({"title": "x" * 121}, "120"),
    ],
)
def test_news_that_makes_no_sense_is_refused_in_words(
    change: dict[str, str], words: str, log_in: Callable[[User], Client]
) -> None:
    given = {"title": "A larger hall", "text": "More chairs.", "dated_on": "2027-06-30", "publish": "1"}

    page = log_in(create_hub_staff()).post("/office/news/write/", given | change).content.decode()

    assert NewsItem.objects.count() == 0
    assert words in page[page.index("error-summary") :]


def test_news_without_words_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs a title"):
        news.write(item=None, title="x", text=" ", dated_on=timezone.localdate(), publish=True, by=create_hub_staff())


def test_feed_holds_the_newest_news_and_no_draft(client: Client) -> None:
    create_news(title="A larger hall", text="**More** chairs ![](https://elsewhere.example/x.png)\n\n|a|\n|-|\n|b|")
    create_news(title="Draft", published_at=None)

    answer = client.get("/news/feed.atom")

    text = answer.content.decode()
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert "<title>A larger hall</title>" in text
    assert "&lt;strong&gt;More&lt;/strong&gt;" in text
    assert "&lt;td&gt;b&lt;/td&gt;" in text
    assert [word for word in ("Draft", "elsewhere.example") if word in text] == []


def test_erase_takes_a_name_out_of_the_news_and_out_of_what_it_said_before() -> None:
    fran, staff = create_user(name="Fran Hill"), create_hub_staff()
    day = timezone.localdate()
    item = news.write(item=None, title="Fran Hill leads", text="Ask Fran Hill.", dated_on=day, publish=True, by=staff)
    news.write(item=item, title="A lead", text="Ask us.", dated_on=day, publish=True, by=staff)
    second = news.write(item=None, title="By Fran Hill", text="Fran Hill.", dated_on=day, publish=True, by=staff)

    rights.erase(person=fran, by=staff)

    second.refresh_from_db()
    line = HistoryLine.objects.get(verb="news_changed")
    assert (second.title, second.text) == ("By …", "….")
    assert line.details == {"before": "Ask ….", "title": "… leads"}
