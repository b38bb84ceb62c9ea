"""Names and addresses: private people and houses are masked, offices, public figures and streets are not."""

import pytest

from tasks.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("آقای رضایی مدیر مدرسه", "آقای [NAME_1] مدیر مدرسه"),
        ("جناب آقای دکتر سعید حسینی نژاد گفت", "جناب آقای دکتر [NAME_1] گفت"),
        ("خانم مریم احمدی از بانک", "خانم [NAME_1] از بانک"),
        ("اسم من علی کریمی است", "اسم من [NAME_1] است"),
        ("من سعید مرادی هستم", "من [NAME_1] هستم"),
        ("با تشکر، محمد صالحی", "با تشکر، [NAME_1]"),
        ("aghaye karimi goft", "aghaye [NAME_1] goft"),
        ("Mrs. Ansari was dismissed", "Mrs. [NAME_1] was dismissed"),
    ],
)
def test_a_private_name_after_a_title_or_an_introduction_is_masked(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "رئیس جمهور پزشکیان قول داد",
        "آقای پزشکیان قول داد",
        "استاندار خوزستان آقای موالی‌زاده پاسخ دهد",
        "وزیر بهداشت، دکتر ظفرقندی، دارو بیاورد",
        "آقای رئیس جمهور به داد ما برسید",
        "خانم‌ها و آقایان نماینده",
        "دکتر متخصص نداریم",
        "خانم حامله‌ای در صف بود",
        "آقای مسئول بیدار شو",
        "به نام خدا آب نداریم",
        "من معلم هستم و امید دارم",
        "پسرم امید دارد کار پیدا کند",
        "با تشکر از شورای شهر",
        "President Pezeshkian must act",
    ],
)
def test_offices_public_figures_and_roles_stay(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("تهران، خیابان آزادی، کوچه کاظمی، پلاک ۱۸، واحد ۳ آب ندارد", "تهران، [ADDRESS_1] آب ندارد"),
        ("منزل ما در خیابان سعدی کوچه نیلوفر است", "منزل ما در [ADDRESS_1] است"),
        ("khiaban saadi, kuche 12, pelak 5", "[ADDRESS_1]"),
        ("I live at 12 Golestan Street", "I live at [ADDRESS_1]"),
        ("کوچه شهید رحمانی سمت راست در سوم آب ندارد", "[ADDRESS_1] آب ندارد"),
    ],
)
def test_a_chain_that_leads_to_a_house_is_masked(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "آسفالت خیابان آزادی و کوچه‌های اطراف خراب است",
        "میدان انقلاب تا میدان فردوسی دوچرخه‌رو می‌خواهد",
        "۵۰۰۰ واحد مسکونی پردیس نیمه‌کاره است",
        "ساختمان ۵ طبقه پله اضطراری ندارد",
        "طرح زوج و فرد پلاک را بردارید",
        "خیابان ولیعصر سمت راست در دست تعمیر است",
    ],
)
def test_streets_and_buildings_as_public_matters_stay(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    ("text", "is_masked"),
    [
        ("https://www.example.ir/news", False),
        ("در example.com خواندم", False),
        ("https://example.ir/a?id=5", True),
        ("t.me/joinchat/AAAAxyz", True),
        ("https://instagram.com/maryam", True),
        ("https://example.ir/case/884213", True),
        ("تلگرام را فیلتر نکنید", False),
        ("آیدی من behzad_1370", True),
        ("آیدیم علی_کریمی۷۷ است", True),
        ("کانال قطع_برق را ببینید", False),
        ("پیج اینستاگرام من reza dot official", True),
        ("tg://resolve?domain=ali_k77", True),
        ("git://example.com/tools", False),
    ],
)
def test_links_and_accounts_are_masked_only_when_they_lead_to_somebody(text: str, is_masked: bool) -> None:
    assert bool(redact(text).spans) is is_masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("آقای سعید بهزادپور آمد. سعید بهزادپور پول خواست", "آقای [NAME_1] آمد. [NAME_1] پول خواست"),
        ("آقای بهشتی‌نژاد آمد، خیابان بهشتی‌نژاد خراب است", "آقای [NAME_1] آمد، خیابان بهشتی‌نژاد خراب است"),
        ("پرونده ۱۲۵۰۰۰ را ۱۲۵۰۰۰ تومان خواستند، ۱۲۵۰۰۰ گم شد", "پرونده [OTHER_ID_1] را ۱۲۵۰۰۰ تومان خواستند، [OTHER_ID_1] گم شد"),
        ("پیمانکار محله‌مون کامران بهزادپور رفت", "پیمانکار محله‌مون [NAME_1] رفت"),
        ("من آزادی کامران بهزادپور را می‌خواهم", "من آزادی کامران بهزادپور را می‌خواهم"),
        ("من شعر فروغ فرخزاد و صدای محمدرضا شجریان را دوست دارم", "من شعر فروغ فرخزاد و صدای محمدرضا شجریان را دوست دارم"),
        ("پسرانم فرهاد و کیومرث بیکارند", "پسرانم [NAME_1] و [NAME_2] بیکارند"),
        ("دو تا بچه دارم، پسرم سیامک، فرزانه", "دو تا بچه دارم، پسرم [NAME_1]، [NAME_2]"),
        ("سرپرست خانوارم، زهره کریم‌پور، مستاجر", "سرپرست خانوارم، [NAME_1]، مستاجر"),
        ("ممنون از لطفتون مهوش از یزد", "ممنون از لطفتون [NAME_1] از یزد"),
        ("خانم معلم بچه‌مون ۴۰ شاگرد دارد", "خانم معلم بچه‌مون ۴۰ شاگرد دارد"),
        ("آقای دکتر لطف کنید", "آقای دکتر لطف کنید"),
        ("قطعه ۲ آزادراه تهران شمال باز شد", "قطعه ۲ آزادراه تهران شمال باز شد"),
        ("کارگاه من شهرک صنعتی، خیابان بهار، قطعه ۱۴", "کارگاه من [ADDRESS_1]"),
    ],
)
def test_names_repeated_listed_or_told_in_passing(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("کارفرمای ما ناصر اشکانی حقوق نداده", "ناصر اشکانی"),
        ("پسر همسایه، کامیار، تو سربازی مرد", "کامیار"),
        ("دهیار ما قدم‌علی نوروزی بودجه رو خورد", "قدم‌علی نوروزی"),
        ("ملا نعمت در قریه‌ی ما مانع است", "نعمت"),
        ("پدرکلانم خان‌محمد دوا ندارد", "خان‌محمد"),
        ("پرونده‌ی یاسر بلوچ‌زهی معطل مانده و برادرش منم", "یاسر بلوچ‌زهی"),
        ("به حرف جلیل اسماعیل‌زاده که کارگر شهرداریه گوش نمی‌دن", "جلیل اسماعیل‌زاده"),
    ],
)
def test_a_private_person_is_masked_by_whom_they_are_to_the_writer(text: str, masked: str) -> None:
    assert [text[span.start : span.end] for span in redact(text).spans] == [masked]


@pytest.mark.parametrize(
    "text", ["تو ترافیک رباط‌کریم هستم", "کارخانه‌ی حاج عبدالله تعطیل شد", "قلعه‌حسن آب ندارد"]
)
def test_a_place_or_a_house_with_a_given_name_in_it_is_no_person(text: str) -> None:
    assert redact(text).spans == ()


@pytest.mark.parametrize(
    "text",
    [
        "مدیر مدرسه ابوذر پول می‌گیرد",
        "معلم مدرسه شهید رضا محمدی حقوق ندارد",
        "کشاورز دشت عباس آب ندارد",
        "رئیس جمهور مسعود پزشکیان قول داد",
        "پرستار بیمارستان امام رضا کم است",
    ],
)
def test_a_job_before_a_house_or_an_office_introduces_nobody(text: str) -> None:
    assert redact(text).spans == ()
