"""Mail that comes in is read whatever is wrong with it; what no case is made of says why."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.services.mail.inbox import LARGEST_MAIL, Apart, IncomingMail, NotTaken, read_message
from portal.services.mail.inbox.messages import MOST_HTML, MOST_PARTS, read_html
from tests.services.case_stage import JPEG, PDF, PNG
from tests.services.mail_stage import letter


def raw(*lines: str) -> bytes:
    return "\r\n".join(("From: rosa@vecina.example", *lines)).encode()


def apart(content: bytes) -> Apart:
    with pytest.raises(NotTaken) as refused:
        read_message(content, own={"pqr@distribuidor.example"})
    return refused.value.reason


def test_a_letter_has_its_sender_name_subject_words_and_files():
    mail = read_message(letter(files=(("factura.pdf", PDF), ("notas.docx", b"PK"))))
    assert (mail.sender, mail.name) == ("rosa@vecina.example", "Rosa Peña")
    assert (mail.subject, mail.text) == ("Copia del contrato", "Pido copia del contrato.")
    assert mail.files == (("factura.pdf", PDF), ("notas.docx", b"PK"))


TEXT, PAGE = "Content-Type: text/plain; charset=", "Content-Type: text/html"
QUOTED, BASE64 = "Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: base64"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (raw(f"{TEXT}utf-8", QUOTED, "", "Ca=C3=B1o"), "Caño"),
        (raw(f"{TEXT}iso-8859-1", QUOTED, "", "Ca=F1o"), "Caño"),
        (raw(f"{TEXT}us-ascii", "", "Caño"), "Caño"),
        (raw(f"{TEXT}no-existe", "", "Caño"), "Caño"),
        (raw(f"{TEXT}rot13", "", "Caño"), "Caño"),
        (raw(f"{TEXT}punycode", "", "Caño"), "Caño"),
        (raw(f"{TEXT}utf-8", BASE64, "", "Q2HDsW8=="), "Caño"),
        (raw(f"{TEXT}utf-8", BASE64, "", "Q2H%%DsW8"), "Caño"),
        (raw("", "Hola\x00 \u202emundo"), "Hola mundo"),
        (raw(PAGE, "", "<style>x</style><p>Hola<br>mundo &amp; más</p><script>y</script>"), "Hola\nmundo & más"),
        (raw(PAGE, "", "<ul><li>uno<li>dos</ul><!-- tres -->"), "- uno\n- dos"),
        (raw(PAGE, "", "Uno < dos <b>tres"), "Uno < dos tres"),
        (raw("Content-Type: multipart/mixed", "", "Sin frontera"), "Sin frontera"),
        (raw("Content-Type: ñ/ñ; ñ=ñ", "", "Roto"), "Roto"),
    ],
)
def test_words_are_read_whatever_their_charset_and_form(content: bytes, text: str):
    assert read_message(content).text == text


def test_words_without_any_charset_are_read_as_windows_writes_them():
    assert read_message("From: a@b.example\r\n\r\nCaño".encode("cp1252")).text == "Caño"


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("Subject: =?utf-8?Q?Petici=C3=B3n?= =?utf-8?B?w7E=?= final", "Peticiónñ final"),
        ("Subject: =?iso-8859-1?Q?Petici=F3n?=", "Petición"),
        ("Subject: =?no-existe?Q?Petici=C3=B3n?=", "Petición"),
        ("Subject: =?utf-8?B?Peticion?", "=?utf-8?B?Peticion?"),
        ("Subject: Petición en bruto", "Petición en bruto"),
        ("Subject: dos\r\n  líneas", "dos líneas"),
        ("Subject:", ""),
    ],
)
def test_a_subject_is_read_by_its_encoded_words_or_as_it_stands(line: str, subject: str):
    assert read_message(raw(line, "", "Hola")).subject == subject


@pytest.mark.parametrize(
    ("line", "sender", "name"),
    [
        ("From: =?utf-8?Q?Rosa_Pe=C3=B1a?= <ROSA@Vecina.example>", "rosa@vecina.example", "Rosa Peña"),
        ("From: Rosa Peña <rosa@vecina.example>", "rosa@vecina.example", "Rosa Peña"),
        ('From: "otra@malo.example" <rosa@vecina.example>', "rosa@vecina.example", "otra@malo.example"),
        ("From: rosa@vecina.example, otra@vecina.example", "rosa@vecina.example", ""),
        ("From: Rosa <rosa@vecina.example>, Otra <otra@vecina.example>", "rosa@vecina.example", "Rosa"),
    ],
)
def test_the_sender_is_the_address_and_not_what_its_name_says(line: str, sender: str, name: str):
    mail = read_message(f"{line}\r\n\r\nHola".encode())
    assert (mail.sender, mail.name) == (sender, name)


ALTERNATIVE = """From: rosa@vecina.example
Content-Type: multipart/mixed; boundary=a

--a
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

{plain}
--b
Content-Type: multipart/related; boundary=c

--c
Content-Type: text/html

<p>En página</p>
--c
Content-Type: image/png; name=logo.png
Content-ID: <logo>
Content-Disposition: inline

logo
--c--
--b--
--a
Content-Type: text/plain; name=lista.txt
Content-Disposition: attachment

lista
--a
Content-Type: message/rfc822

From: otra@vecina.example

Reenviado
--a--
"""


def test_the_plain_form_is_taken_and_the_page_only_without_one():
    plain = read_message(ALTERNATIVE.format(plain="En texto").encode())
    page = read_message(ALTERNATIVE.format(plain=" ").encode())
    assert (plain.text, page.text) == ("En texto", "En página")
    # What was attached stands before the pictures of the page, and a mail inside of the mail is named.
    assert [file.name for file in plain.files] == ["lista.txt", "mensaje adjunto", "logo.png"]
    assert plain.files == page.files


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacaciones)"},
        {"Precedence": "bulk"},
        {"Precedence": "List"},
        {"Return_Path": "<>"},
        {"List_Id": "<boletin.vecina.example>"},
        {"X_Autoreply": "yes"},
        {"sender": "MAILER-DAEMON@vecina.example"},
        {"sender": "PQR@distribuidor.example"},
    ],
)
def test_what_a_program_sent_is_told_apart(headers: dict[str, str]):
    assert apart(letter(**headers)) is Apart.AUTOMATIC


def test_a_report_of_delivery_is_automatic_and_a_person_who_says_so_is_not():
    assert apart(raw('Content-Type: multipart/report; boundary="a"', "", "--a", "", "x", "--a--")) is Apart.AUTOMATIC
    assert read_message(letter(Auto_Submitted="no", Return_Path="<rosa@vecina.example>")).text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Apart.EMPTY),
        (b" \r\n\r\n", Apart.EMPTY),
        (b"From: rosa@vecina.example\r\n\r\n", Apart.EMPTY),
        (b"Subject: x\r\n\r\nHola", Apart.NO_SENDER),
        (b"From: nadie\r\n\r\nHola", Apart.NO_SENDER),
        (b"From: <script>@x\r\n\r\nHola", Apart.NO_SENDER),
        ("From: ñandú@vecina.example\r\n\r\nHola".encode(), Apart.NO_SENDER),
        (b"\x00\xff\xfe" * 50, Apart.NO_SENDER),
        (b"x" * (LARGEST_MAIL + 1), Apart.TOO_LARGE),
        (b"From: a@b.example\n\n" + b"\n" * 600_000 + b"x", Apart.UNREADABLE),
        (b"From: a@b.example\n" + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 60, Apart.UNREADABLE),
        (b"From: a@b.example\nContent-Type: text/html\n\n" + b"<p>x" * (MOST_HTML // 4 + 1), Apart.TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, Apart) else "",
)
def test_what_no_case_is_made_of_says_why(content: bytes, reason: Apart):
    assert apart(content) is reason


def test_two_hundred_attachments_are_read_and_three_hundred_parts_are_no_letter():
    many = letter(files=tuple((f"a{n}.pdf", PDF) for n in range(200)))
    assert len(read_message(many).files) == 200
    assert apart(letter(files=tuple((f"{n}", b"x") for n in range(MOST_PARTS)))) is Apart.UNREADABLE


def test_a_message_is_known_by_its_id_and_by_itself_without_one():
    def digest(content: bytes) -> bytes:
        return read_message(content).digest

    assert digest(letter(text="Uno")) == digest(letter(text="Dos"))
    assert digest(letter(number=1)) != digest(letter(number=2))
    assert digest(raw("", "Uno")) == digest(raw("", "Uno"))
    assert digest(raw("", "Uno")) != digest(raw("", "Dos"))
    assert read_message(letter(text="Uno")).said != read_message(letter(text="Dos")).said


def test_what_it_answers_is_listed_from_the_nearest_on():
    mail = read_message(letter(In_Reply_To="<c@x>", References="<a@x> <b@x>\t<c@x> roto >"))
    assert mail.answers == ("<c@x>", "<b@x>", "<a@x>")


@pytest.mark.parametrize(
    "markup",
    ["<a" * 900_000, "<!--" * 900_000, "<!" * 1_500_000, "<script" * 500_000, "<p " * 1_000_000, "&" * 3_000_000],
)
def test_a_page_made_to_keep_a_reader_busy_is_read_in_no_time(markup: str):
    began = time.monotonic()
    read_html(markup)
    assert time.monotonic() - began < 3


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_what_is_set_apart(content: bytes):
    for start in (
        b"",
        b"From: a@b.example\r\n",
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    ):
        try:
            assert isinstance(read_message(start + content), IncomingMail)
        except NotTaken:
            continue


def test_a_winmail_dat_is_a_file_like_any_other():
    mail = read_message(letter(files=(("winmail.dat", b"\x78\x9f\x3e\x22"), ("a.png", PNG), ("b.jpg", JPEG))))
    assert mail.files[0] == ("winmail.dat", b"\x78\x9f\x3e\x22")
