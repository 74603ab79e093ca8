"""Comparing names: what folds together, what stays apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.names import difference, fold, is_acronym, is_slip, readings, words

ONE_NAME = [
    ("Salé", "SALE"),
    ("Fès", "fes"),
    ("وزارة الصحة و الحماية الاجتماعية", "وزارة الصحة والحماية الإجتماعية"),
    ("وزارة الفاحة", "وزارة الفلاحة"),
    ("المجلس الاقليمي لسا", "المجلس الإقليمي لسلا"),
    ("تقنين المواصات", "تقنين المواصلات"),
    ("الجمعية المغربية لانصات و التحاور", "الجمعية المغربية للإنصات والتحاور"),
    ("محاربــــــة الهشاشــــــة", "محاربة الهشاشة"),
    ("مُؤَسَّسَةُ الجَنُوب", "موسسة الجنوب"),
    ("مستشفى", "مستشفي"),
    ("أكادير", "اكادير"),
    ("آسفي", "اسفي"),
    ("ﻼ", "لا"),  # the ligature itself
    ("مركزالتكوين", "مركز التكوين"),
    ("O.F.P.P.T.", "OFPPT"),
    ("O. F. P. P. T", "ofppt"),
    ("Ben M’Sick", "Ben M'Sick"),
    ("Tanger-Tétouan", "Tanger – Tétouan"),
    ("مارشيكا ميد )شركة تطوير مارشيكا - الناظور(", "مارشيكا ميد (شركة تطوير مارشيكا - الناظور)"),
    ("دورة ٢٠٢١", "دورة 2021"),
    ("Œuvres sociales", "oeuvres sociales"),
    ("\u200fسلا\u200e", "سلا"),
]


@pytest.mark.parametrize(("left", "right"), ONE_NAME)
def test_spellings_of_one_name_fold_together(left: str, right: str) -> None:
    assert fold(left) == fold(right) != ""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("المجلس الإقليمي لطنجة", "المجلس الجهوي لطنجة"),
        ("جمعية محلية", "جمعية محلية متخصصة"),
        ("جامعة محمد الخامس", "جامعة محمد السادس"),
        ("سلا", "سطات"),
        ("Taza", "Tata"),
        ("UM5", "UM6P"),
    ],
)
def test_two_names_stay_apart(left: str, right: str) -> None:
    assert fold(left) != fold(right)


@pytest.mark.parametrize("nothing", ["", " ", "---", "\x00", "\u202e", "()", "ـــ"])
def test_what_has_no_letters_folds_to_nothing(nothing: str) -> None:
    assert fold(nothing) == ""
    assert words(nothing) == ()


LETTERS = st.text(alphabet=st.sampled_from("اأإآلوىيةهءئسلا ًّـ-.éEç'’(A1٣"), max_size=30)


@given(st.one_of(st.text(max_size=60), LETTERS))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(LETTERS)
def test_kashida_and_spaces_never_count(text: str) -> None:
    assert fold(" ".join(text)) == fold(text)
    assert fold("ـ".join(text)) == fold(text)


def test_words_leave_out_articles_order_and_small_words() -> None:
    assert words("Ministère de l'Économie et des Finances") == words("ministère Finances, Économie")
    assert words("وزارة الثقافة والشباب والاتصال") == words("وزارة الشباب والثقافة والاتصال")
    assert words("الوكالة الوطنية") == words("وكالة الوطنية")
    assert words("O.F.P.P.T. Casablanca") == words("ofppt casablanca")


@pytest.mark.parametrize(
    ("left", "right", "slip"),
    [
        ("Conseil régionnal de Tanger", "Conseil régional de Tanger", True),
        ("Fondation Tanger Med", "Fondatoin Tanger Med", True),
        ("مؤسسة الجنوب للتنميه والتضامم", "مؤسسة الجنوب للتنمية والتضامن", False),  # a word of five
        ("المبادرة الوطنية للتنمية البشربة", "المبادرة الوطنية للتنمية البشرية", False),
        ("شركة تطوير مارشبكا", "شركة تطوير مارشيكا", True),
        ("Conseil provincial de Taza", "Conseil provincial de Tata", False),
        ("Conseil provincial de Salé", "Conseil provincial de Safi", False),
        ("Université Mohammed V", "Université Mohammed VI", False),
        ("Fondation Tanger Med", "Agence Tanger Med", False),
        ("Switchmed", "Swichmed", False),  # one word alone is no name to guess at
        ("Tanger Med", "Tanger Med", False),
    ],
)
def test_a_slip_is_one_letter_of_one_long_word(left: str, right: str, slip: bool) -> None:
    assert is_slip(words(left), words(right)) is slip


def test_a_difference_counts_the_letters_of_the_one_differing_word() -> None:
    assert difference(words("Conseil de Taza"), words("Conseil de Tata")) == 1
    assert difference(words("conseil régional"), words("régional conseil")) == 0
    assert difference(words("conseil régional de Fès"), words("conseil provincial de Salé")) is None
    assert difference(("a",), ("b",)) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Office de la formation (OFPPT)", ("Office de la formation", "OFPPT")),
        ("AMMS - الجمعية الطبية", ("AMMS", "الجمعية الطبية")),
        ("الدار البيضاء - سطات", ("الدار البيضاء - سطات",)),
        ("OFPPT", ("OFPPT",)),
    ],
)
def test_a_text_may_give_a_name_and_its_acronym(text: str, names: tuple[str, ...]) -> None:
    assert readings(text) == names


@pytest.mark.parametrize(
    ("text", "acronym"),
    [
        ("OFPPT", True),
        ("O.F.P.P.T.", True),
        ("UM6P", True),
        ("Ofppt", False),
        ("A", False),
        ("INWI HUAWEI", False),
    ],
)
def test_an_acronym_is_capitals_only(text: str, acronym: bool) -> None:
    assert is_acronym(text) is acronym
