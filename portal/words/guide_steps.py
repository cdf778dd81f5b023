"""The 24 steps of the guide in the portal's own words, by chapter; source: the distributor's guide, steps 1 to 24.

Texts carry the marks of ``marked_text`` and the facts of ``guide.read_facts`` in braces.
"""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """Step of the guide: ``picture`` says what its picture shows, ``without`` why it has none."""

    number: int
    title: str
    text: str
    picture: str = ""
    without: str = ""


class Chapter(NamedTuple):
    """Steps that belong together; ``note`` is said after them."""

    slug: str
    title: str
    steps: tuple[Step, ...]
    note: str = ""


CHAPTERS = (
    Chapter(
        "entrar",
        "Llegar y entrar",
        (
            Step(
                1,
                "Abra el sitio de la empresa",
                "La página de {distributor.name}: [{site}](site:).",
                without="Es el sitio de la empresa, fuera de este portal.",
            ),
            Step(
                2,
                "Siga «Clientes no regulados»",
                "El enlace está al final de esa página y lo trae a este portal. Guarde la dirección en su teléfono o "
                "en los favoritos: la próxima vez empieza en el paso 3.",
                without="Es el sitio de la empresa, fuera de este portal.",
            ),
            Step(
                3,
                "Mire el mercado en el inicio",
                "El [inicio](market.home) muestra el día de gas que corre, el próximo cierre y los avisos. Sin "
                "cuenta se leen también las [tarifas](market.tariffs), el [poder calorífico](market.heating_values) "
                "y el [calendario](market.calendar).",
                picture="Inicio del portal: el día de gas que corre con su próximo cierre; en pantallas anchas, "
                "también las entradas a Cuentas de balance y a Nominación.",
            ),
            Step(
                4,
                "Elija Cuentas de balance",
                "En el menú de arriba, [Cuentas de balance](modalities.balances) lleva a lo nominado, lo consumido y "
                "el [desbalance](#termino-desbalance) de cada día.",
                picture="Menú del portal con el enlace «Cuentas de balance» señalado.",
            ),
            Step(
                5,
                "Regístrese la primera vez",
                "El portal le pide identificarse. Si aún es nuevo aquí, [regístrese](login.register) y confirme su "
                "correo con el enlace que le llega, que sirve {verification}.",
                picture="Formulario de registro: nombre, correo, empresa, contraseña y autorización de datos.",
            ),
            Step(
                6,
                "O ingrese con su cuenta",
                "Si ya se registró, use [Ingresar](login.sign_in), arriba a la derecha en cada página.",
                picture="Esquina superior derecha del portal con el botón «Ingresar» señalado.",
            ),
            Step(
                7,
                "Escriba su correo y su contraseña",
                "La contraseña la eligió usted al registrarse: no es ninguna clave de la carta. Si no la recuerda, "
                "[pida otra](login.forgot).",
                picture="Página de ingreso con los campos de correo y contraseña y el botón «Ingresar».",
            ),
        ),
    ),
    Chapter(
        "balance",
        "Ver la cuenta de balance",
        (
            Step(
                8,
                "Llegue al menú de las cuentas",
                "Después de ingresar vuelve a [Cuentas de balance](modalities.balances). Su nombre está arriba; "
                "«Salir» termina la sesión, que también se cierra tras {idle} sin uso.",
                picture="Parte de arriba del portal con la sesión iniciada: el menú, el nombre de la persona, "
                "señalado, y el botón «Salir».",
            ),
            Step(
                9,
                "Elija la modalidad de su contrato",
                "[GNV con suministro](delivery_points.choose modality=gnv-suministro), [GNV con "
                "ATR](delivery_points.choose modality=gnv-atr) o [industrial](delivery_points.choose "
                "modality=industrial). Está escrita en su carta.",
                picture="Las tres modalidades como tarjetas: GNV con contrato de suministro, GNV con contrato ATR e "
                "industrial.",
            ),
            Step(
                10,
                "Escriba la clave web",
                "Es la **clave web** de su carta: {web_length} letras y números. Mayúsculas, guiones y espacios dan "
                "igual, y se pide una sola vez por sesión. [¿Perdió la carta?](#si-perdi-la-carta)",
                picture="Formulario que pide la clave web, con el campo vacío y su explicación.",
            ),
            Step(
                11,
                "Encuentre sus puntos",
                "Aparecen las EDS o plantas de ese contrato, y solo esas. La lista no lleva cifras: están dentro de "
                "cada punto.",
                picture="Lista de los puntos de entrega de un contrato, cada uno con su municipio.",
            ),
            Step(
                12,
                "Abra un punto con su clave numérica",
                "Toque el nombre y escriba la **clave numérica** de su carta: {numeric_length} cifras, distintas "
                "para cada punto.",
                picture="Formulario que pide la clave numérica de un punto, con el campo vacío.",
            ),
            Step(
                13,
                "Lea la hoja del mes",
                "Cada día trae lo nominado, lo autorizado, lo consumido y el [desbalance](#termino-desbalance), con "
                "gráfico y archivos para descargar. El saldo dice siempre si es a favor o en contra.",
                picture="Primeras filas de la hoja de un mes: lo nominado, lo autorizado, lo consumido y el "
                "desbalance de cada día.",
            ),
            Step(
                14,
                "Cambie el mes y el año",
                "Los dos selectores amarillos muestran otro mes, desde el {first_day}.",
                picture="Los selectores amarillos de mes y de año, con flechas al mes anterior y al siguiente.",
            ),
        ),
    ),
    Chapter(
        "nominar",
        "Nominar o re-nominar",
        (
            Step(
                15,
                "Elija Nominación",
                "En el menú de arriba está [Nominación](modalities.nominations). Con la sesión abierta entra "
                "directo; si no, primero le pide ingresar.",
                picture="Menú del portal con el enlace «Nominación» señalado.",
            ),
            Step(
                16,
                "Elija otra vez la modalidad",
                "La misma de su contrato: [GNV con suministro](nominations.modality modality=gnv-suministro), [GNV "
                "con ATR](nominations.modality modality=gnv-atr) o [industrial](nominations.modality "
                "modality=industrial).",
                picture="Página «Nominación de gas» con las tres modalidades como tarjetas.",
            ),
            Step(
                17,
                "Use la misma clave web",
                "Es la del paso 10. Si ya la escribió en esta sesión, el portal no la vuelve a pedir.",
                picture="Formulario que pide la clave web antes de nominar.",
            ),
            Step(
                18,
                "Toque «Nominar» y escoja el punto",
                "La página muestra cómo está cada punto para el próximo día de gas y hasta qué hora se recibe. "
                "«Nominar» abre el formulario: escoja la EDS o la planta y continúe.",
                picture="Hora hasta la que se recibe la nominación de mañana y, debajo, el botón «Nominar» señalado.",
            ),
            Step(
                19,
                "Diga qué envía",
                "Una [nominación](#termino-nominacion) pide el gas de un día; una "
                "[re-nominación](#termino-re-nominacion) cambia el total de un día ya nominado. La página dice cuál "
                "se puede enviar ahora.",
                picture="Elección entre nominación y re-nominación, con una frase que explica cada una.",
            ),
            Step(
                20,
                "Elija el día de gas",
                "Tóquelo en el calendario o escríbalo como 24/11/2026. La nominación se recibe desde {opens} antes y "
                "hasta {close}.",
                picture="Calendario con los días que se pueden nominar y el campo para escribir la fecha.",
            ),
            Step(
                21,
                "Escriba la cantidad del día",
                "El total del día, en m³ o en MBTU según su contrato: la unidad está al lado. Mientras escribe ve la "
                "otra unidad y lo que suele consumir.",
                picture="Campo de la cantidad con su unidad, lo usual de ese día y el máximo del contrato.",
            ),
            Step(
                22,
                "Revise y escriba el código de seguridad",
                "Lea lo que va a firmar. El código es la clave numérica del punto. Si no coincide dice «Código "
                "incorrecto» y cuántos intentos quedan: [qué hacer](#si-el-codigo-es-incorrecto).",
                picture="Resumen de lo que se firma: punto, día, tipo y cantidad.",
            ),
            Step(
                23,
                "Firme y envíe",
                "«Firmar y enviar» registra la solicitud con la hora oficial del portal. Tocar de nuevo no la envía "
                "otra vez.",
                picture="Campo del código de seguridad, vacío, y el botón «Firmar y enviar».",
            ),
            Step(
                24,
                "Guarde el comprobante",
                "Trae el [radicado](#termino-radicado), llega también a su correo y se descarga en PDF. «Nominar "
                "otro día» empieza la siguiente.",
                picture="Comprobante de una nominación con su radicado, punto, día, cantidad y hora de llegada.",
            ),
        ),
        note="**Si nomina todos los días:** en Inicio y en Nominación, cada punto sin nominar ofrece repetir la de "
        "ayer o la del mismo día de la semana pasada, o la cantidad sugerida. Con un toque llega a revisar y firmar. "
        "Se ofrece desde que usted abrió el punto con su clave numérica.",
    ),
)
STEPS = tuple(step for chapter in CHAPTERS for step in chapter.steps)
