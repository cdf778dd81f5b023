"""Record of a case (PQR) as one file: every entry in words, and the files that came with them, with their hashes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime

from portal.domain.calendar import day_words
from portal.domain.cases import CHANNEL_WORDS, KIND_WORDS, OUTCOME_WORDS, STATE_WORDS, EntryKind
from portal.domain.gas_day import in_bogota
from portal.models import CaseFile
from portal.services.cases.pqr.desk import DeskRecord
from portal.services.store.acts import Act
from portal.web.filters import clock_words, file_size
from portal.words.cases import ENTRY_WORDS, alarm_words

TEXT_NAME = "expediente.txt"


def as_zip(act: Act, *, record: DeskRecord, files: Sequence[CaseFile]) -> bytes:
    """Return the record as ZIP: its text, and its files under ``archivos/`` exactly as they came."""
    named = {file.public_id: f"archivos/{n:02d}-{file.name}" for n, file in enumerate(files, 1)}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        text = "\n".join(_lines(act, record, named)) + "\n"
        packed.writestr(_entry(TEXT_NAME, act.now), text.encode())
        for file in files:
            packed.writestr(_entry(named[file.public_id], act.now), file.content, zipfile.ZIP_STORED)
    return held.getvalue()


def file_name(record: DeskRecord) -> str:
    """Return the name of the file, which contains the radicado."""
    return f"expediente-{record.case.filing_number}.zip"


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    moment = in_bogota(now)
    found = zipfile.ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _lines(act: Act, record: DeskRecord, named: dict[str, str]) -> Iterator[str]:
    case = record.case
    yield f"{act.distributor.legal_name}, NIT {act.distributor.nit}"
    yield f"Expediente {case.filing_number}: {KIND_WORDS[case.kind].lower()}, {STATE_WORDS[case.state].lower()}"
    yield f"Generado el {clock_words(act.now)}, hora de Colombia"
    yield ""
    yield f"Presentado: {clock_words(case.filed_at)}, {CHANNEL_WORDS[case.channel]}"
    yield f"Por: {case.name}, {f'documento {record.document}' if record.document else 'sin documento'}"
    yield f"Correo: {record.email or 'no dejó'}. Teléfono: {record.telephone or 'no dejó'}"
    if place := case.point or record.place:
        yield f"Punto o lugar: {place}"
    if case.gas_day:
        yield f"Por el día de gas {day_words(case.gas_day)}"
        if case.outcome:
            yield f"Decisión: {OUTCOME_WORDS[case.outcome].lower()}"
    yield f"Término: {day_words(case.due_on)}" + (", ampliado" if case.extended else "")
    yield f"Notificación: {'por correo, aceptada' if record.electronic_notice else 'por aviso en la página web'}"
    if record.noticed_on and record.notified_on:
        until = day_words(record.notified_on)
        yield f"Aviso publicado el {day_words(record.noticed_on)}; se entiende notificada al terminar el {until}"
    if record.consent_version and record.consented_at:
        yield f"Autorización de datos: versión {record.consent_version}, {clock_words(record.consented_at)}"
    else:
        own = "la de la cuenta que lo presentó" if case.gas_day else "ninguna en un formulario, escribió por correo"
        yield f"Autorización de datos: {own}"
    if record.appeal:
        yield record.appeal
    yield from _list_entries(record, named)


def _list_entries(record: DeskRecord, named: dict[str, str]) -> Iterator[str]:
    for number, entry in enumerate(record.entries, 1):
        yield ""
        author = f", {entry.author}" if entry.author else ""
        yield f"{number}. {ENTRY_WORDS[entry.kind]} – {clock_words(entry.written_at)}{author}"
        if entry.kind is EntryKind.ALARM:
            yield alarm_words(entry.text)
        elif entry.kind is not EntryKind.LAPSED:
            yield entry.text
        for file in entry.files:
            yield f"Archivo {named[file.public_id]} ({file_size(file.size)}), SHA-256 {file.digest}"
