"""Spanish words of what one person proposes and another publishes."""

from __future__ import annotations

from portal.domain.publications import PublicationState

PUBLICATION_WORDS = {
    PublicationState.PROPOSED: "propuesta",
    PublicationState.PUBLISHED: "publicada",
    PublicationState.REJECTED: "no aceptada",
}
PUBLICATION_TONES = {
    PublicationState.PROPOSED: "warning",
    PublicationState.PUBLISHED: "success",
    PublicationState.REJECTED: "neutral",
}
