"""Terms of the gas trade for customers, in alphabetical order of Spanish; facts: docs/rules.md, "Balance account".

Texts carry the marks of ``marked_text`` and the facts of ``guide.read_facts`` in braces.
"""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """Entry of the glossary: ``slug`` ends its anchor and never changes."""

    slug: str
    title: str
    text: str


TERMS = (
    Term(
        "acumulado",
        "Acumulado del mes, acumulado total",
        "Suma de los [desbalances](#termino-desbalance) diarios: la del mes empieza el día 1; la total, el "
        "{first_day}, con los [ajustes](#termino-ajuste). Si a un día pasado le falta la medición, dice «incompleto».",
    ),
    Term(
        "ajuste",
        "Ajuste",
        "Movimiento con fecha y razón que cambia el acumulado total sin tocar el desbalance de ningún día: "
        "[cruce](#termino-cruce), devolución, compensación o corrección.",
    ),
    Term(
        "ano-de-gas",
        "Año de gas",
        "Del 1 de diciembre al 30 de noviembre. La cuenta se puede leer por año de gas o por año calendario.",
    ),
    Term(
        "atr",
        "ATR, acceso de terceros a la red",
        "Contrato de quien compra su gas a otro comercializador y lo recibe por la red del distribuidor, que cobra "
        "por transportarlo.",
    ),
    Term(
        "autorizado",
        "Autorizado, cantidad autorizada",
        "Lo que quedó en el programa definitivo de un día de gas. Si es menos de lo nominado hubo un "
        "[recorte](#termino-recorte), y la cuenta dice la razón. Contra lo autorizado se mide el desbalance.",
    ),
    Term(
        "cierre",
        "Cierre, horario",
        "Última hora en que el portal recibe una solicitud para un día de gas: la [nominación](#termino-nominacion), "
        "{close}; la [re-nominación](#termino-re-nominacion), {renomination_close}. Cuenta la hora en que llega. Los "
        "días con otra hora están en el [calendario](market.calendar).",
    ),
    Term(
        "cierre-de-mes",
        "Cierre de mes, estado de cuenta",
        "Documento numerado que deja en firme las cifras de un mes. Lo que se corrija después pasa por dos personas "
        "y queda a la vista.",
    ),
    Term(
        "clave-numerica",
        "Clave numérica, código de seguridad",
        "{numeric_length} cifras, distintas para cada [punto de entrega](#termino-punto-de-entrega). Abre la cuenta "
        "de balance del punto y firma sus nominaciones. La última cifra comprueba las demás: un error al escribirla "
        "se avisa sin gastar un intento.",
    ),
    Term(
        "clave-web",
        "Clave web",
        "{web_length} letras y números, una por contrato. Abre la lista de puntos del contrato, sin mostrar cifras. "
        "Da igual escribirla con mayúsculas, guiones o espacios.",
    ),
    Term(
        "comprobante",
        "Comprobante",
        "Lo que recibe al firmar una solicitud: [radicado](#termino-radicado), cantidad, hora de llegada y un código "
        "con el que cualquiera puede [verificar que es auténtico](verification.receipt).",
    ),
    Term(
        "cruce",
        "Cruce",
        "Ajuste que compensa un saldo a favor con otro en contra, por ejemplo entre dos puntos de la misma empresa.",
    ),
    Term(
        "cuenta-de-balance",
        "Cuenta de balance",
        "La cuenta de cada punto de entrega: qué se nominó, qué se autorizó, qué se consumió y qué desbalance quedó, "
        "día por día desde el {first_day}. Lleva gas, no dinero.",
    ),
    Term(
        "desbalance",
        "Desbalance",
        "Lo autorizado menos lo consumido en un día de gas. **A favor**: se tomó menos de lo autorizado. **En "
        "contra**: se tomó más. Sin medición queda vacío, que no es lo mismo que cero.",
    ),
    Term(
        "desviacion-significativa",
        "Desviación significativa",
        "Consumo de un mes que se sale de los límites calculados con los meses anteriores del mismo punto. Es una "
        "alarma: no cambia ninguna cifra.",
    ),
    Term(
        "dia-de-gas",
        "Día de gas",
        "Una fecha completa en Colombia, de 00:00 a 24:00. Se nomina para días de gas completos; los festivos "
        "también se nominan.",
    ),
    Term(
        "dia-habil",
        "Día hábil",
        "De lunes a viernes, sin festivos. En días hábiles se cuentan los términos de las [PQR](#termino-pqr); las "
        "nominaciones no los distinguen.",
    ),
    Term(
        "eds",
        "EDS, estación de servicio",
        "Punto de entrega que vende gas natural vehicular. Cada EDS tiene su clave numérica y su cuenta de balance.",
    ),
    Term(
        "estimada",
        "Estimada, medición estimada",
        "Valor que reemplaza una medición que falta, marcado con E. Sale del promedio de los últimos {estimate_days} "
        "días medidos iguales de la semana; si no alcanzan, del promedio diario de los últimos {estimate_months} "
        "meses normales.",
    ),
    Term(
        "gnv",
        "GNV, gas natural vehicular",
        "Gas natural comprimido para vehículos. Un contrato de GNV puede ser de suministro, cuando el distribuidor "
        "vende el gas, o [ATR](#termino-atr).",
    ),
    Term(
        "kpc",
        "KPC",
        "Mil pies cúbicos: {kpc} m³. Así se cuenta el gas en el transporte. El [conversor](market.heating_values) "
        "pasa de una unidad a otra.",
    ),
    Term(
        "maximo-diario",
        "Máximo diario",
        "Lo más que un contrato puede tomar en un día de gas, sumando todos sus puntos. Según el contrato, pasarlo "
        "pide una confirmación o no se permite.",
    ),
    Term(
        "mbtu",
        "MBTU",
        "Un millón de BTU, como se dice en Colombia: una medida de energía. Con el [poder "
        "calorífico](#termino-poder-calorifico) se pasa de m³ a MBTU.",
    ),
    Term(
        "medicion",
        "Medición, consumo",
        "El gas que pasó por el medidor en un día de gas. Llega **provisional** por telemetría y después se "
        "**certifica**; una medición **corregida** guarda la anterior y su razón.",
    ),
    Term(
        "metro-cubico",
        "Metro cúbico, m³",
        "Medida de volumen, siempre en condiciones estándar: 14,65 psia y 60 °F.",
    ),
    Term(
        "modalidad",
        "Modalidad",
        "Tipo de contrato: {modalities}. Es lo primero que se elige en Cuentas de balance y en Nominación.",
    ),
    Term(
        "no-regulado",
        "No regulado, cliente no regulado",
        "Quien por su consumo pacta el gas en un contrato propio, en lugar de la tarifa de los usuarios regulados. "
        "Quién lo es consta en el registro del distribuidor.",
    ),
    Term(
        "nominacion",
        "Nominación",
        "Solicitud del gas que un punto tomará en un día de gas, como total del día. Hasta el "
        "[cierre](#termino-cierre) la última reemplaza a la anterior. Cero también es una nominación.",
    ),
    Term(
        "nominacion-tardia",
        "Nominación tardía",
        "La que llega después del cierre para un día que nadie nominó. Vale solo si el operador la acepta; él puede "
        "rechazarla con su razón.",
    ),
    Term(
        "poder-calorifico",
        "Poder calorífico, PCS",
        "Energía de un pie cúbico de gas, en BTU. Cambia cada día y con el [punto de "
        "salida](#termino-punto-de-salida); los valores están [publicados](market.heating_values). Un día sin valor "
        "usa el último conocido y dice «PC provisional».",
    ),
    Term(
        "pqr",
        "PQR",
        "Petición, queja, reclamo o recurso ante el distribuidor. Recibe radicado y respuesta en {case_answer}; se "
        "[presenta sin cuenta ni claves](pqr.index).",
    ),
    Term(
        "pronostico",
        "Pronóstico, regla al cierre",
        "Lo que se nomina por un punto si al cierre nadie lo hizo: el promedio de los últimos {forecast_days} días "
        "iguales de la semana, su última nominación o cero, según lo que el punto tenga fijado. Se marca con P.",
    ),
    Term(
        "punto-de-entrega",
        "Punto de entrega",
        "Donde el distribuidor entrega el gas: una EDS o una planta industrial. Pertenece a un contrato.",
    ),
    Term(
        "punto-de-salida",
        "Punto de salida, puerta de ciudad",
        "Donde la red del distribuidor recibe el gas del sistema de transporte. De él dependen el poder calorífico "
        "de un punto de entrega y parte de los recortes.",
    ),
    Term(
        "radicado",
        "Radicado",
        "Número, único y sin saltos en el año, con el que queda registrada una solicitud o una PQR. Es lo que hay "
        "que dar al preguntar por ella.",
    ),
    Term(
        "re-nominacion",
        "Re-nominación",
        "Nuevo **total** para un día ya nominado, después del cierre; nunca la diferencia. Rige "
        "{renomination_notice} después de recibida, en la hora en punto siguiente, y se admite {renomination_most}.",
    ),
    Term(
        "recorte",
        "Recorte",
        "Autorización por menos de lo nominado, siempre con su razón: capacidad restringida, fuerza mayor, falta de "
        "confirmación de quien vende el gas u otra. Bajar usted mismo la cantidad no es un recorte.",
    ),
    Term(
        "silencio-administrativo-positivo",
        "Silencio administrativo positivo",
        "Si una PQR no se responde en su término, se entiende resuelta a favor de quien la presentó.",
    ),
    Term(
        "tolerancia",
        "Tolerancia",
        "Cuánto puede apartarse el consumo de lo autorizado sin quedar fuera. Es un porcentaje pactado en el "
        "contrato; la cuenta dice «dentro» o «fuera» cada día.",
    ),
    Term(
        "variacion",
        "Variación",
        "Cuánto se apartó el consumo de lo autorizado, en porcentaje. Con nada autorizado y gas tomado dice «no "
        "aplica».",
    ),
)
