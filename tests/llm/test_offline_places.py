"""Which names are meant as places: a word of every day is a town only where its neighbours say so."""

import pytest

from tasks.facts import places
from tasks.llm.engine.reading import read


def read_places(text: str) -> set[str]:
    return {match.entry.en for match in read(text).places}


@pytest.mark.parametrize(
    ("plain", "named"),
    [
        ("بهار آمد و باران بارید", "مردم شریف بهار آب ندارند"),
        ("صندلی میانه‌ی سالن شکسته", "تصادف در محور میانه"),
        ("کابل برق دزدیده شد", "شاروالی کابل سرک‌ها را قیر کند"),
        ("کیفیت بافت پارچه", "شهرستان بافت بیمارستان ندارد"),
        ("چین و چروک لباس", "قرارداد با روسیه و چین"),
        ("هنگام زایمان", "لنج‌های جزیره‌ی هنگام"),
        ("خلق و خوی کودک", "خانه‌ام در زلزله‌ی خوی خراب شد"),
        ("بافت فرسوده", "از بافت تا کرمان می‌روم"),
    ],
)
def test_a_plain_word_is_a_place_only_where_its_neighbours_say_so(plain: str, named: str) -> None:
    assert places(plain) == frozenset()
    assert places(named)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("شهرستان‌های بیرجند، خوسف و درمیان", {"Birjand", "Khusf", "Darmian"}),
        ("آب اندیکا و لالی قطع است", {"Andika", "Lali"}),
        ("خط محلاتی به تجریش", {"Mahallati", "Tajrish"}),
        ("تصادف در اتوبان تهران ـ قم", {"Tehran", "Qom"}),
        ("سرک کوته سنگی تا کمپنی", {"Kote Sangi", "Company"}),
    ],
)
def test_the_places_of_a_list_and_the_ends_of_a_road_make_each_other_places(
    text: str, found: set[str]
) -> None:
    assert places(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "گندم‌کاران پول می‌خواهند",  # no river Karun
        "در بیمارستان خاتم‌الانبیا",  # no town of Khatam
        "زاغه‌های اطراف شهر",  # slums
        "خیابان اهواز",
        "مسابقات استانی",  # no Estonia
        "دانشگاه پیام نور",
    ],
)
def test_a_part_of_another_word_or_of_a_street_is_no_place(text: str) -> None:
    assert places(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("روستای ما، قره‌کند، دکتر ندارد", {"Qarah Kand"}),
        ("روستای چاه‌مبارک عسلویه", {"Chah-e Mobarak", "Asaluyeh"}),
        ("بخش ارژن شیراز ماما ندارد", {"Arzhan", "Shiraz"}),
        ("روستای کلاته‌مبارک", {"Kalateh Mobarak"}),
        ("az Gonabad ta Mashhad otobus nist", {"Gonabad", "Mashhad"}),
        ("Our town Bam still has ruins", {"Bam"}),
    ],
)
def test_villages_and_towns_get_the_name_that_maps_give_them(text: str, found: set[str]) -> None:
    assert read_places(text) == found


def test_an_english_word_is_no_town_because_its_stem_is_one() -> None:
    assert read_places("We have no home and no company") == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("آب شرب زابلی‌ها بد است", {"Zabol"}),  # people of Zabol, not the town of Zaboli
        ("مدرسه‌ی روستای کلات‌بید را بسازید", {"Kalat Bid"}),  # one name, not the town of Kalat
        ("خیابان‌های بهشهر گل‌آلوده", {"Behshahr"}),  # streets of it
        ("در هرانده فیروزکوه آنتن نیست", {"Harandeh", "Firuzkuh"}),
        ("اهوازوماهشهر هرروز خاک میخوره", {"Ahvaz", "Mahshahr"}),
        ("من از خوی پیام میدم", {"Khoy"}),
        ("مردم دلفان و سلسله پزشک ندارند", {"Delfan", "Selseleh"}),
        ("اهالی روستای کمشچه آب ندارند", {"Komeshcheh"}),  # a listed village, spelled as on maps
    ],
)
def test_people_parts_and_streets_of_a_place_name_it(text: str, found: set[str]) -> None:
    assert read_places(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("مرز ریمدان بسته است", {"Rimdan"}),
        ("کارگران معدن زغال‌سنگ طزره", {"Tazreh"}),
        ("معدن گرانیت و معدن آهن", set()),
        ("یک نفر هم زندان نرفت، از معدن نگفت", set()),
        ("گمرک بازرگان صف دارد", {"Bazargan"}),
        ("بازرگان صادرات ندارد", set()),
    ],
)
def test_what_lies_behind_a_mine_or_a_border_is_a_place(text: str, found: set[str]) -> None:
    assert read_places(text) == found


def test_a_name_that_is_also_a_word_is_a_place_again_where_it_may_be() -> None:
    told = "جاده‌ی سرباز به راسک خاکی است و درمانگاه سرباز پزشک ندارد"
    assert [m.entry.en for m in read(told).places] == ["Sarbaz", "Rask", "Sarbaz"]
    assert read_places("از سرباز راسک تا سرباز تهران، سرباز حقوق ندارد") <= {"Rask", "Tehran"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("فاضلاب طلاب مشهد بالا زده", {"Tollab", "Mashhad"}),
        ("خور و بیابانک آب ندارد", {"Khur va Biabanak"}),
        ("در روستایی به نام کهنه‌گوراب", {"Kohneh Gurab"}),
        ("تو آبادی ما ده‌میر پزشک نیست", {"Deh Mir"}),
        ("خونه‌های فرسوده‌ی گازرآباد", {"Gazorabad", "Gazarabad"}),
        ("انارستان‌های ساوه", {"Saveh"}),
        ("در همایش تهران، در لنگرگاه بوشهر", {"Tehran", "Bushehr"}),
        ("روشنایی کوی فرهنگیان بروجرد", {"Farhangian", "Borujerd"}),
    ],
)
def test_a_quarter_has_its_name_and_its_city_and_no_common_word_is_one(text: str, found: set[str]) -> None:
    assert read_places(text) <= found and read_places(text)
