"""One tap: a draft with kind, day and quantity set from an offer, ready to be read and signed."""

from __future__ import annotations

from portal.domain.gas_day import GasDay
from portal.domain.modalities import Modality
from portal.domain.suggestions import Basis
from portal.domain.timetable import RequestKind
from portal.services import nominations
from portal.services.keys import grants
from portal.services.nominations import Filled
from portal.services.store.acts import Act
from portal.services.store.refusals import Refusal, Rejected, StepMissing

from .offers import offers


def begin(act: Act, *, modality: Modality, point: str, basis: Basis, gas_day: GasDay) -> Filled:
    """Open a draft of a nomination of ``gas_day`` with the quantity that the offer of ``basis`` has now; commits.

    ``StepMissing("numeric-key")`` for a point whose figures this person may not see; refuses (``Rejected``) a day that
    is closed or already nominated, and an offer that cannot be made.
    """
    found = grants.reachable_point(act, modality=modality, public_id=point)
    if found.id not in grants.proved_point_ids(act):
        raise StepMissing("numeric-key", modality=modality, delivery_point=point)
    made = offers(act.session, points=[found], gas_days={found.id: gas_day}, today=GasDay.of(act.now)).get(found.id)
    offer = next((each for each in made.offers if each.basis is basis), None) if made else None
    if offer is None:
        raise Rejected(Refusal.NOTHING_OFFERED, gas_day=gas_day)
    return nominations.start_filled(
        act, modality=modality, point=point, kind=RequestKind.NOMINATION, gas_day=gas_day, quantity=offer.quantity
    )
