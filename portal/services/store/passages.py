"""Full-text search in Spanish over the public texts: FTS5 on SQLite, ``tsvector`` on PostgreSQL (adr/0127).

Both index the same stems, made here, so that both find the same passages.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, literal_column, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.passages import Found, Hit, Passage, PassageKind, Piece
from portal.domain.searched import MOST_WORDS, comparable
from portal.models import StoredPassage
from portal.services.store.acts import Act

MOST_HITS, MOST_WITH_SOME = 30, 10
# Characters of an extract, about three lines on a desktop.
EXTRACT = 240
# A stem this long also finds the longer words that begin with it: «recl» of «reclamos» finds «reclamo».
SHORTEST_BEGINNING = 4
# «re-nominación» is one word, its parts, and the word without its hyphen.
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# Words that say nothing by themselves; searched only when there is no other.
_LITTLE = (
    "a al ante con cual cuando cuál cómo como de del desde donde e el ella en entre es esta este hasta la las le lo "
    "los me mi mis no o para pero por que qué se si sin sobre son su sus te tu un una unas uno unos y ya yo"
)
_LITTLE_WORDS = frozenset(_LITTLE.split())


# Stemmer of each thread: it keeps the word in hand in itself.
_OF_THREAD = threading.local()


def rewrite(session: Session, *, source: str, passages: Iterable[Passage], published_by: str | None = None) -> None:
    """Put the passages of a source in the place of its former ones, inside the caller's transaction."""
    session.execute(delete(StoredPassage).where(StoredPassage.source == source))
    rows = [
        {
            "source": source,
            "place": place,
            "published_by": published_by,
            **passage._asdict(),
            "title_stems": " ".join(_indexed(passage.title)),
            "text_stems": " ".join(_indexed(passage.text)),
        }
        for place, passage in enumerate(passages)
    ]
    if rows:
        session.execute(insert(StoredPassage), rows)


def find(
    act: Act,
    *,
    typed: str,
    source: str | None = None,
    current: Mapping[str, Passage] | None = None,
    most: int = MOST_HITS,
) -> Found:
    """Return the passages of this distributor shown now that have every word typed, else those that have any of them.

    Accents, case and endings do not matter; of a long text the first eight words count. None for no word at all.
    Of one source when given. ``current`` has, by path, texts with facts of now, which are shown in place of what was
    stored with those of then.
    """
    words = _searched(typed)
    if not words:
        return Found((), all_words=True)
    shown = _select_shown(act, source).limit(most)
    hits = tuple(_hits(act, shown, words, current or {}, all_words=True))
    if hits or len(words) == 1:
        return Found(hits, all_words=True)
    # Each further one has less to do with what was asked.
    some = shown.limit(min(most, MOST_WITH_SOME))
    return Found(tuple(_hits(act, some, words, current or {}, all_words=False)), all_words=False)


def mark_matches(said: str, typed: str) -> Iterator[Piece]:
    """Yield a text in pieces, those words apart that a search for ``typed`` finds in it."""
    yield from _pieces(said, _searched(typed))


def _select_shown(act: Act, source: str | None) -> Select[PassageKind, str, str, str]:
    """Select what this distributor shows now."""
    shown = select(StoredPassage.kind, StoredPassage.path, StoredPassage.title, StoredPassage.text).where(
        or_(StoredPassage.published_by.is_(None), StoredPassage.published_by == act.distributor.nit),
        or_(StoredPassage.shown_from.is_(None), StoredPassage.shown_from <= act.now),
        or_(StoredPassage.shown_until.is_(None), StoredPassage.shown_until > act.now),
    )
    return shown if source is None else shown.where(StoredPassage.source == source)


def _hits(
    act: Act,
    shown: Select[PassageKind, str, str, str],
    words: Sequence[str],
    current: Mapping[str, Passage],
    *,
    all_words: bool,
) -> Iterator[Hit]:
    if act.session.get_bind().dialect.name == "sqlite":
        query, asked = _match_sqlite(shown), (" AND " if all_words else " OR ").join(map(_sqlite_term, words))
    else:
        query, asked = _match_postgresql(shown), (" & " if all_words else " | ").join(map(_postgresql_term, words))
    for row in act.session.execute(query, {"asked": asked}):
        now = current.get(row.path, row)
        yield Hit(row.kind, row.path, tuple(_pieces(now.title, words)), tuple(_extract(now.text, words)))


def _match_sqlite(shown: Select[PassageKind, str, str, str]) -> Select[PassageKind, str, str, str]:
    """Select what the FTS5 table finds; a word in a title weighs five times one in the text, as on PostgreSQL."""
    found = text(
        "SELECT rowid, bm25(passage_stems, 5.0, 1.0) AS rank FROM passage_stems WHERE passage_stems MATCH :asked"
    ).columns(literal_column("rowid").label("rowid"), literal_column("rank").label("rank"))
    matched = found.subquery("found")
    return shown.join(matched, matched.c.rowid == StoredPassage.id).order_by(matched.c.rank, StoredPassage.id)


def _match_postgresql(shown: Select[PassageKind, str, str, str]) -> Select[PassageKind, str, str, str]:
    vector = _weigh(StoredPassage.title_stems, "A").op("||")(_weigh(StoredPassage.text_stems, "D"))
    asked = func.to_tsquery("simple", bindparam("asked"))
    rank = func.ts_rank(text("'{0.2, 0.2, 0.2, 1.0}'::float4[]"), vector, asked)
    return shown.where(vector.op("@@")(asked)).order_by(rank.desc(), StoredPassage.id)


def _weigh(stems: InstrumentedAttribute[str], weight: str) -> ColumnElement[object]:
    return func.setweight(func.to_tsvector("simple", stems), literal_column(f"'{weight}'::\"char\""))


def _searched(typed: str) -> list[str]:
    """Return the words of a search, each without its hyphens."""
    words = list(dict.fromkeys(word.replace("-", "") for word in _WORD.findall(typed.casefold())))
    return ([word for word in words if word not in _LITTLE_WORDS] or words)[:MOST_WORDS]


def _indexed(said: str) -> Iterator[str]:
    """Yield what is searched of a text: of each word itself and its stem, without accents."""
    for word in _WORD.findall(said.casefold()):
        for form in _forms(word):
            yield from dict.fromkeys((comparable(form), _stem(form)))


def _forms(word: str) -> Sequence[str]:
    return [word.replace("-", ""), *word.split("-")] if "-" in word else [word]


def _stem(word: str) -> str:
    if not hasattr(_OF_THREAD, "spanish"):
        # Only who searches the public texts needs it, and who publishes one (docs/adr/0149).
        import snowballstemmer

        _OF_THREAD.spanish = snowballstemmer.stemmer("spanish")
    return comparable(_OF_THREAD.spanish.stemWord(word))


def _terms(word: str) -> tuple[str, str, bool]:
    """Return the word, its stem, and whether what only begins with the stem is meant too."""
    stem = _stem(word)
    return comparable(word), stem, len(stem) >= SHORTEST_BEGINNING


def _sqlite_term(word: str) -> str:
    plain, stem, begins = _terms(word)
    return f'("{plain}" OR "{stem}"{" *" if begins else ""})'


def _postgresql_term(word: str) -> str:
    plain, stem, begins = _terms(word)
    return f"('{plain}' | '{stem}'{':*' if begins else ''})"


def _is_match(word: str, wanted: Sequence[tuple[str, str, bool]]) -> bool:
    for form in _forms(word.casefold()):
        plain, stem = comparable(form), _stem(form)
        for asked, asked_stem, begins in wanted:
            if plain == asked or stem == asked_stem or (begins and plain.startswith(asked_stem)):
                return True
    return False


def _pieces(said: str, words: Sequence[str]) -> Iterator[Piece]:
    """Yield a text in pieces, the words that were searched apart."""
    wanted = [_terms(word) for word in words]
    end = 0
    for found in _WORD.finditer(said):
        if _is_match(found[0], wanted):
            if found.start() > end:
                yield Piece(said[end : found.start()], is_match=False)
            yield Piece(found[0], is_match=True)
            end = found.end()
    if end < len(said):
        yield Piece(said[end:], is_match=False)


def _extract(said: str, words: Sequence[str]) -> Iterator[Piece]:
    """Yield the part of a text around the first of the words, whole words only, in pieces."""
    wanted = [_terms(word) for word in words]
    first = next((found.start() for found in _WORD.finditer(said) if _is_match(found[0], wanted)), 0)
    start = 0 if len(said) <= EXTRACT else max(0, min(first - EXTRACT // 3, len(said) - EXTRACT))
    if start:
        start = said.find(" ", start) + 1
    part = said[start : start + EXTRACT]
    if start + EXTRACT < len(said):
        part = f"{part.rpartition(' ')[0]}…"
    yield from _pieces(f"…{part}" if start else part, words)
