"""Matching partners: every spelling finds its own body, none finds another."""

from functools import cache

import pytest
from sqlmodel import Session

from models import db, report
from models.operations.report import load_report
from models.places import provinces, regions
from models.queries.partners import (
    AmbiguousPartner,
    Certainty,
    PartnerBook,
    find_partner,
    linked_partners,
    match_partner,
    open_partner_book,
)
from models.rules.errors import UnknownKey
from models.rules.names import fold, is_arabic
from tests.builders import AT, make_partner

ACADEMY = "الأكاديمية الجهوية للتربية والتكوين"


@pytest.fixture(scope="module")
def book(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> PartnerBook:
    """The partners of the report, read once for the tests that only ask."""
    import shutil

    file = tmp_path_factory.mktemp("book") / "tadshin.db"
    shutil.copy(str(sqlite_template), file)
    engine = db.open_engine(f"sqlite:///{file}")
    with db.transaction(engine) as session:
        load_report(session, by="tests", at=AT)
        found = open_partner_book(session)
    engine.dispose()
    return found


PARTNERS = report.partners()
EVERY_SPELLING = [
    (row.key, spelling)
    for row in PARTNERS
    for spelling in dict.fromkeys((row.name_ar, row.name_fr, row.name_en, *row.spellings))
]
UNQUALIFIED = {(row.key, spelling) for row in PARTNERS for spelling in row.unqualified}


@cache
def bodies_of(spelling: str) -> set[str]:
    """Who is written so in the books."""
    return {key for key, other in EVERY_SPELLING if fold(other) == fold(spelling)}


def found(book: PartnerBook, text: str) -> set[str]:
    """Every body that a text may be taken for; none when it is unknown."""
    try:
        return {book.match(text).key}
    except AmbiguousPartner as ambiguous:
        bodies = ambiguous.details["bodies"]
        assert isinstance(bodies, tuple)
        return set(bodies)
    except UnknownKey:
        return set()


def test_each_spelling_finds_its_own_body_or_is_ambiguous(book: PartnerBook) -> None:
    for key, spelling in EVERY_SPELLING:
        variants = (
            spelling,
            f"  {spelling.upper()} ",
            spelling.replace("ا", "اـ"),
            spelling.replace("-", "–"),
        )
        for written in variants:
            if bodies_of(spelling) == {key} and (key, spelling) not in UNQUALIFIED:
                assert book.match(written).key == key, written
            else:
                with pytest.raises(AmbiguousPartner):
                    book.match(written)
                assert found(book, written) == bodies_of(spelling), written


def test_each_key_finds_its_partner(book: PartnerBook) -> None:
    for row in PARTNERS:
        assert book.match(f" {row.key.upper()} ").key == row.key


def test_a_spelling_that_has_lost_its_lam_alefs_means_the_same(book: PartnerBook) -> None:
    for _key, spelling in EVERY_SPELLING:
        lost = spelling.replace("لا", "ا").replace("لأ", "أ").replace("لإ", "إ")
        assert found(book, lost) == found(book, spelling), spelling


def test_a_letter_dropped_or_changed_never_finds_another_body(book: PartnerBook) -> None:
    for key, spelling in EVERY_SPELLING:
        before, after = spelling[: len(spelling) // 2], spelling[len(spelling) // 2 + 1 :]
        for slip in (before + after, before + ("ق" if is_arabic(spelling) else "z") + after):
            bodies = found(book, slip)
            assert len(bodies) != 1 or bodies <= bodies_of(spelling), slip
            assert not bodies or key in bodies, slip


OWN_COUNCILS = {
    "المجلس الإقليمي {ar}": {"nouaceur": "cp-nouaceur"},
    "مجلس عمالة {ar}": {"nouaceur": "cp-nouaceur", "casablanca": "cp-casablanca"},
    "Conseil provincial de {fr}": {"sale": "cp-sale", "nouaceur": "cp-nouaceur"},
    "Conseil préfectoral de {fr}": {"casablanca": "cp-casablanca", "nouaceur": "cp-nouaceur"},
    "{en} Provincial Council": {"sale": "cp-sale", "nouaceur": "cp-nouaceur"},
    "Association provinciale de {fr}": {},
    "Commune de {fr}": {"sale": "commune-sale"},
}


@pytest.mark.parametrize("pattern", OWN_COUNCILS)
def test_the_council_of_one_place_is_never_that_of_another(book: PartnerBook, pattern: str) -> None:
    for place in provinces():
        name = pattern.format(ar=place.name_ar, fr=place.name_fr, en=place.name_en)
        own = OWN_COUNCILS[pattern].get(place.code)
        assert found(book, name) == ({own} if own else set()), name


def test_the_council_of_one_region_is_never_that_of_another(book: PartnerBook) -> None:
    own = {
        "casablanca-settat": {"cr-casablanca-settat"},
        "oriental": {"cr-oriental"},
        "tanger-tetouan-al-hoceima": {"cr-tanger-tetouan-alhoceima"},
        "rabat-sale-kenitra": {"cr-rabat-sale-kenitra"},
    }
    for region in regions():
        for name in (f"مجلس جهة {region.name_ar}", f"Conseil régional de {region.name_fr}"):
            assert found(book, name) == own.get(region.code, set()), name


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("المجلس الإقليمي لطنجة", "cp-tanger"),
        ("المجلس الجهوي لطنجة", "cr-tanger-tetouan-alhoceima"),
        ("المجلس الاقليمي انفا", "cp-anfa"),
        ("مجلس عمالة الدار البيضاء", "cp-casablanca"),
        ("مؤسسة طنجة المتوسط للتنمية البشرية", "fondation-tanger-med"),
        ("الوكالة الخاصة بطنجة المتوسط", "tmsa"),
        ("O.F.P.P.T.", "ofppt"),
        ("ofppt", "ofppt"),
        ("Office de la formation professionnelle et de la promotion du travail (O.F.P.P.T.)", "ofppt"),
        ("OFPPT - مكتب التكوين المهني وإنعاش الشغل", "ofppt"),
        ("Ministère de la Santé et Protection sociale", "ministry-health"),
        ("MINISTERE DE LA SANTE", "ministry-health"),
        ("وكالة الوطنية لتقنين المواصات", "anrt"),
        ("Conseil régional Casablanca - Settat", "cr-casablanca-settat"),
    ],
)
def test_bodies_with_like_names_are_told_apart(book: PartnerBook, written: str, key: str) -> None:
    assert book.match(written).key == key


def test_one_slip_in_a_long_word_is_close(book: PartnerBook) -> None:
    match = book.match("Fondation Tanger Med pour le dévelopement humain")

    assert (match.key, match.certainty) == ("fondation-tanger-med", Certainty.CLOSE)


def test_a_slip_between_two_near_bodies_is_ambiguous(session: Session) -> None:
    for key, name in (("a", "Association Bouregreg Atlas"), ("b", "Association Bouregrag Atlas")):
        partner = make_partner(session, key)
        partner.name_ar = partner.name_fr = partner.name_en = name
    session.flush()

    with pytest.raises(AmbiguousPartner) as ambiguous:
        match_partner(session, "Association Bouregrog Atlas")

    assert ambiguous.value.details["bodies"] == ("a", "b")


def test_the_unqualified_academy_is_two_bodies_until_a_project_decides(loaded: Session) -> None:
    with pytest.raises(AmbiguousPartner) as ambiguous:
        match_partner(loaded, ACADEMY)
    tanger = match_partner(loaded, ACADEMY, "tanger-hearing")
    casablanca = match_partner(loaded, ACADEMY, "ben-msik-second-chance")

    assert ambiguous.value.details["bodies"] == ("aref-casablanca-settat", "aref-tanger")
    assert (tanger.key, casablanca.key) == ("aref-tanger", "aref-casablanca-settat")
    assert tanger.certainty is casablanca.certainty is Certainty.PROJECT
    for elsewhere in ("rahma-cmp", "no-such-project", "\x00"):
        with pytest.raises(AmbiguousPartner):
            match_partner(loaded, ACADEMY, elsewhere)


@pytest.mark.parametrize("written", ["المديرية الجهوية للصحة", "Direction régionale de la santé", "AREF"])
def test_a_service_without_its_region_is_nobody_in_particular(book: PartnerBook, written: str) -> None:
    with pytest.raises(AmbiguousPartner):
        book.match(written)


def test_a_local_association_is_a_placeholder_and_never_a_guess(book: PartnerBook) -> None:
    match = book.match("جمعيات محلية")

    assert (match.key, match.placeholder) == ("local-association", True)
    assert book.match("جمعية محلية متخصصة").key == "local-specialised-association"
    with pytest.raises(UnknownKey):
        book.match("Association loccale")
    with pytest.raises(UnknownKey):
        book.match("Association locale de Nador")


@pytest.mark.parametrize("written", ["Ministère de la Santé (INDH)", "INDH - OFPPT"])
def test_a_text_that_names_two_bodies_is_ambiguous(book: PartnerBook, written: str) -> None:
    with pytest.raises(AmbiguousPartner) as ambiguous:
        book.match(written)

    assert len(ambiguous.value.details["bodies"]) == 2  # type: ignore[arg-type]


def test_an_acronym_does_not_carry_an_unknown_name(book: PartnerBook) -> None:
    with pytest.raises(UnknownKey):
        book.match("Délégation de Fès (OFPPT)")


def test_an_unknown_partner_is_answered_with_near_names_in_its_script(book: PartnerBook) -> None:
    with pytest.raises(UnknownKey) as french:
        book.match("Fondation Tanger Mediterranee humaine")
    with pytest.raises(UnknownKey) as arabic:
        book.match("مؤسسة طنجة")

    assert "Fondation Tanger Med pour le développement humain" in str(french.value.details["candidates"])
    assert "مؤسسة طنجة المتوسط للتنمية البشرية" in str(arabic.value.details["candidates"])
    assert french.value.details["noun"] == "partner"


@pytest.mark.parametrize(
    "hostile", ["", " ", "\x00", "\u202eTPPFO", "x" * 10_000, "ا" * 10_000, "<script>", "{{7*7}}", "=cmd()"]
)
def test_hostile_text_is_an_unknown_partner(book: PartnerBook, hostile: str) -> None:
    with pytest.raises(UnknownKey) as unknown:
        book.match(hostile)

    assert "\x00" not in str(unknown.value.details["key"])
    assert "\u202e" not in str(unknown.value.details["key"])


def test_a_partner_is_found_by_its_key(loaded: Session) -> None:
    assert find_partner(loaded, "ofppt").name("ar") == "مكتب التكوين المهني وإنعاش الشغل"
    assert linked_partners(loaded, "akkari-maintenance") == {"ofppt"}
    for unknown in ("ofpt", "\x00", "x" * 10_000):
        with pytest.raises(UnknownKey):
            find_partner(loaded, unknown)


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("Ministère de la Santte", ("Ministère de la Santé et de la Protection sociale",)),
        ("zzzz", ()),
        ("x", ()),
        ("Lycée Descartes", ()),
    ],
)
def test_only_names_with_something_in_common_are_offered(
    book: PartnerBook, written: str, offered: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownKey) as unknown:
        book.match(written)

    assert unknown.value.details["candidates"] == offered
