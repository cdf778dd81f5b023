"""What a form says about the file that it brings."""

from __future__ import annotations

from flask import request

from portal.services.files.questions import NOTHING_KNOWN, Answers

from .answers import NotChosen


def answers_of_form(known: Answers = NOTHING_KNOWN) -> Answers:
    """Return what is known of a file, and what the form answers besides; 400 for what is no answer."""
    for word in request.form.getlist("answer"):
        try:
            known = known.plus(word)
        except ValueError:
            raise NotChosen from None
    return known
