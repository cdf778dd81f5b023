"""Words for a typed quantity that is none, the same wherever a customer types one."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.quantities import QuantityProblem, Unit
from portal.web.filters import UNIT_WORDS

_EXAMPLE = {Unit.M3: "12.500 (metros cúbicos, sin decimales)", Unit.MBTU: "250,5 (MBTU, hasta dos decimales)"}


def _with_example(text: str) -> dict[Unit, str]:
    return {unit: text.format(example=example) for unit, example in _EXAMPLE.items()}


QUANTITY_PROBLEMS: Mapping[QuantityProblem, Mapping[Unit, str]] = {
    QuantityProblem.EMPTY: _with_example(
        "Escriba la cantidad total del día, por ejemplo {example}. Si no va a tomar gas, escriba 0."
    ),
    QuantityProblem.NOT_A_NUMBER: _with_example("Eso no es una cantidad. Escriba solo cifras, por ejemplo {example}."),
    QuantityProblem.OTHER_UNIT: {
        unit: f"Este contrato es en {word}: escriba la cantidad en {word}, por ejemplo {_EXAMPLE[unit]}."
        for unit, word in UNIT_WORDS.items()
    },
    QuantityProblem.AMBIGUOUS: _with_example(
        "La cantidad se puede leer de dos maneras. Use el punto para los miles y la coma para los decimales, por "
        "ejemplo {example}."
    ),
    QuantityProblem.NEGATIVE: _with_example(
        "La cantidad no puede ser negativa. Escriba el total del día, por ejemplo {example}."
    ),
    QuantityProblem.TOO_MANY_DECIMALS: _with_example(
        "La cantidad tiene más decimales de los que se nominan. Escríbala como {example}."
    ),
    QuantityProblem.TOO_LARGE: _with_example(
        "La cantidad es mayor que la que puede recibir un punto en un día. Revise "
        "cifras y unidad, por ejemplo {example}."
    ),
}
