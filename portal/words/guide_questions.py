"""Answers to "¿Qué hago si…?", by subject; facts: docs/rules.md, "Timetable"; docs/security.md, "Attempts".

Texts carry the marks of ``marked_text`` and the facts of ``guide.read_facts`` in braces. A paragraph that begins with
``- `` is an item of a list.
"""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """Question with its answer; ``slug`` is its whole anchor and never changes."""

    slug: str
    title: str
    answer: tuple[str, ...]


class Subject(NamedTuple):
    """Questions about one thing."""

    slug: str
    title: str
    questions: tuple[Question, ...]


SUBJECTS = (
    Subject(
        "claves",
        "Claves y cuenta",
        (
            Question(
                "si-perdi-la-carta",
                "Perdí la carta con las claves",
                (
                    (
                        "Llame al PBX {telephone} y pida otra: una persona la pide, otra la aprueba, y sale por "
                        "correo físico a la dirección registrada. Si la carta pudo quedar en manos ajenas, dígalo: "
                        "sus claves se anulan de inmediato. Por teléfono o por correo electrónico no se dictan "
                        "claves; nadie las conoce."
                    ),
                    (
                        "Si necesita nominar mientras llega, pida hacerlo en la misma llamada: [nominar por "
                        "teléfono](#si-no-puedo-entrar-antes-del-cierre)."
                    ),
                ),
            ),
            Question(
                "si-el-codigo-es-incorrecto",
                "Dice «Clave incorrecta» o «Código incorrecto»",
                (
                    "- Compare con la carta más reciente: una carta nueva reemplaza a la anterior.",
                    (
                        "- La **clave web** tiene {web_length} letras y números y es del contrato. La **clave "
                        "numérica** tiene {numeric_length} cifras y es de un solo punto."
                    ),
                    "- Un error de digitación que el portal reconoce no gasta intento.",
                    (
                        "Puede equivocarse {free_attempts} veces sin consecuencias. Después hay una espera que "
                        "empieza en {first_wait} y se duplica con cada error; a los {block_at} errores seguidos la "
                        "clave se bloquea para su cuenta."
                    ),
                ),
            ),
            Question(
                "si-la-clave-esta-bloqueada",
                "La clave quedó bloqueada",
                (
                    (
                        "El bloqueo es de su cuenta con esa clave: sus colegas siguen entrando y lo ya nominado no "
                        "cambia. Llame al PBX {telephone}; después de reconocerlo, un supervisor lo levanta. También "
                        "termina cuando llega una carta con clave nueva."
                    ),
                    "Si lo que ve es una espera, basta con aguardar hasta la hora que dice la página.",
                ),
            ),
            Question(
                "si-la-clave-vencio",
                "La clave venció o fue reemplazada",
                (
                    (
                        "Una clave que no se usa dentro de {unused_key} vence. Con una carta nueva, las claves de la "
                        "anterior sirven hasta que use las nuevas, {replaced_key} como máximo. El portal dice cuál de "
                        "las dos cosas pasó y no gasta el intento."
                    ),
                    "Busque la carta más reciente o pida otra al PBX {telephone}.",
                ),
            ),
            Question(
                "si-olvide-la-contrasena",
                "Olvidé la contraseña",
                (
                    (
                        "[Pida otra](login.forgot) con su correo: le llega un enlace que sirve {reset}. Al cambiarla "
                        "se cierran sus sesiones y terminan su calendario publicado y sus tokens de la API. Las "
                        "claves de la carta siguen iguales."
                    ),
                ),
            ),
            Question(
                "si-no-llega-el-correo",
                "El correo del portal no llega",
                (
                    "- Mire en la carpeta de correo no deseado.",
                    (
                        "- Revise que la dirección esté bien escrita: por seguridad, la página responde lo mismo "
                        "exista o no la cuenta."
                    ),
                    "- Vuelva a pedirlo después de {mails_again}, o llame al PBX {telephone}.",
                ),
            ),
            Question(
                "si-un-colega-necesita-acceso",
                "Un colega necesita acceso",
                (
                    (
                        "Que [se registre](login.register) con su propio correo y abra el contrato con la clave web. "
                        "Con correo de la misma empresa entra de una vez; con otro, solo consulta hasta que lo "
                        "aprueben. Cada persona usa su cuenta: así el comprobante dice quién firmó."
                    ),
                    (
                        "Quien administra las cuentas del contrato lo decide en [Cuentas de su "
                        "empresa](colleagues.colleagues)."
                    ),
                ),
            ),
            Question(
                "si-alguien-se-va-de-la-empresa",
                "Alguien que tenía acceso se fue de la empresa",
                (
                    (
                        "Quien administra le quita el acceso en [Cuentas de su empresa](colleagues.colleagues); vale "
                        "desde la siguiente página que esa persona abra. Si era quien administraba, llame al PBX "
                        "{telephone}. Si conocía las claves, pida además una carta nueva."
                    ),
                ),
            ),
            Question(
                "si-creo-que-alguien-conoce-mis-claves",
                "Creo que alguien más conoce mis claves",
                (
                    (
                        "Llame de inmediato al PBX {telephone}: desde el aviso dejan de servir. En [¿Quién vio mi "
                        "cuenta?](login.who_saw) están los accesos de la empresa distribuidora, y en el historial de "
                        "nominaciones, quién firmó cada una."
                    ),
                    (
                        "Si recibió un comprobante por una llamada que nadie de su empresa hizo, use el enlace «No "
                        "fui yo» de ese correo."
                    ),
                ),
            ),
        ),
    ),
    Subject(
        "nominacion",
        "Nominación",
        (
            Question(
                "si-se-me-paso-el-cierre",
                "Se me pasó la hora del cierre",
                (
                    "La nominación de un día se recibe hasta {close}. Después depende de cómo quedó el punto:",
                    (
                        "- **Nadie nominó:** se aplicó la [regla al cierre](#termino-pronostico) y la cantidad está "
                        "marcada con P. Puede enviar una re-nominación: llega como "
                        "[tardía](#termino-nominacion-tardia) y vale si el operador la acepta."
                    ),
                    (
                        "- **Ya estaba nominado:** cámbielo con una [re-nominación](#termino-re-nominacion), hasta "
                        "{renomination_close}."
                    ),
                    (
                        "Para que no vuelva a pasar: a los puntos sin nominar les llega un recordatorio a las "
                        "{reminders}. Los contactos se eligen en [Avisos por correo](contacts.contacts), y el cierre "
                        "puede estar en [su calendario](tokens.calendar)."
                    ),
                ),
            ),
            Question(
                "si-nomine-otra-cantidad",
                "Envié una cantidad equivocada",
                (
                    (
                        "- **Antes del cierre:** envíe otra nominación para el mismo día; la última reemplaza a la "
                        "anterior. Si ese día no va a tomar gas, puede anularla desde su comprobante o nominar cero."
                    ),
                    (
                        "- **Después del cierre:** envíe una re-nominación con el nuevo **total** del día, no la "
                        "diferencia. Rige {renomination_notice} después de recibida, y no baja de lo que el día ya "
                        "habrá tomado a esa hora."
                    ),
                    "Todas las versiones quedan en el historial, con su hora y quién las firmó.",
                ),
            ),
            Question(
                "si-me-recortaron",
                "Autorizaron menos de lo que pedí",
                (
                    (
                        "Es un [recorte](#termino-recorte). Al abrir el día en su hoja ve la razón y la cantidad "
                        "autorizada, contra la que se mide el desbalance: ajuste a ella su consumo."
                    ),
                    (
                        "Si no está de acuerdo, reclame desde ese mismo día de la hoja. Los trabajos y restricciones "
                        "anunciados están en [Avisos](market.notices)."
                    ),
                ),
            ),
            Question(
                "si-no-puedo-entrar-antes-del-cierre",
                "No puedo entrar y el cierre se acerca",
                (
                    (
                        "Llame al PBX {telephone} antes de la hora. Un asesor lo reconoce con un código y nomina en "
                        "su nombre, sin pedirle ninguna clave; el comprobante llega a todos los contactos de su "
                        "empresa."
                    ),
                    (
                        "Si todavía puede ingresar, muestre el código de [Código para la llamada](calls.code), que "
                        "sirve {call_code}. Si no, se envía uno al correo registrado."
                    ),
                ),
            ),
            Question(
                "si-no-voy-a-tomar-gas",
                "Un día no voy a tomar gas",
                (
                    (
                        "Nomine cero: es una nominación válida y el portal pide confirmarla. Dejar el día en blanco "
                        "no es lo mismo, porque se aplica la [regla al cierre](#termino-pronostico)."
                    ),
                ),
            ),
            Question(
                "si-necesito-nominar-varios-dias",
                "Necesito nominar varios días o un puente festivo",
                (
                    (
                        "En [Nominación](modalities.nominations), cada punto tiene «Varios días»: un rango con la "
                        "misma cantidad, o una lista pegada desde su hoja de cálculo, de hasta {list_days}. Se firma "
                        "una vez y cada día recibe su radicado. Los festivos también se nominan."
                    ),
                ),
            ),
            Question(
                "si-dice-que-la-cantidad-es-inusual",
                "El portal dice que la cantidad es inusual",
                (
                    (
                        "Compara con su consumo de los últimos {mean}. La causa más común es la unidad: un MBTU son "
                        "unos {m3_per_mbtu} m³. Si la cantidad es correcta, marque la casilla y continúe. Por encima "
                        "del máximo del contrato puede pedir confirmación o no recibirse, según lo pactado."
                    ),
                ),
            ),
            Question(
                "si-no-se-si-quedo-registrada",
                "Se cortó internet al firmar",
                (
                    (
                        "Si quedó registrada, está en el historial de [Nominación](modalities.nominations) con su "
                        "radicado. Si no aparece, fírmela otra vez: la misma solicitud enviada de nuevo da el mismo "
                        "comprobante."
                    ),
                ),
            ),
        ),
    ),
    Subject(
        "cuenta-de-balance",
        "Cuenta de balance",
        (
            Question(
                "si-la-medicion-no-coincide",
                "La medición no coincide con mi medidor",
                (
                    (
                        "Mire primero si es provisional o estimada: cambia cuando se certifica. Si no coincide, abra "
                        "el día en la hoja y use «Reclamar». Puede adjuntar una foto o el acta, y la respuesta llega "
                        "en {case_answer}."
                    ),
                    "La cifra no cambia mientras se revisa. Si se corrige, la anterior y la razón quedan a la vista.",
                ),
            ),
            Question(
                "si-falta-la-medicion-de-un-dia",
                "Falta la medición de un día",
                (
                    (
                        "El día queda sin desbalance y el acumulado dice «incompleto»; no se cuenta como cero. Cuando "
                        "llega la medición, o se [estima](#termino-estimada), la cuenta se completa sola."
                    ),
                ),
            ),
            Question(
                "si-el-desbalance-esta-en-contra",
                "El acumulado está en contra",
                (
                    (
                        "Se tomó más gas de lo autorizado. Nomine más cerca de lo que va a consumir: al escribir la "
                        "cantidad, la página muestra con qué desbalance terminaría el mes. Un saldo se puede "
                        "compensar por [cruce](#termino-cruce) o devolución; pregunte al PBX {telephone}."
                    ),
                ),
            ),
            Question(
                "si-necesito-un-soporte",
                "Necesito un soporte para contabilidad o una auditoría",
                (
                    (
                        "La hoja de cada mes se descarga en CSV, Excel y PDF. El estado de un mes cerrado y los "
                        "comprobantes llevan un código que cualquiera comprueba en la [página de "
                        "verificación](verification.statement), sin ver cifras."
                    ),
                ),
            ),
        ),
    ),
    Subject(
        "el-portal",
        "El portal",
        (
            Question(
                "si-la-pagina-no-carga",
                "La página no carga o da error",
                (
                    (
                        "- Vuelva a intentarlo después de {retry}. Si la página dice «no se registró», nada quedó a "
                        "medias."
                    ),
                    "- Mire si otros sitios abren: puede ser su conexión.",
                    "- El portal funciona en cualquier navegador al día, también sin JavaScript.",
                    "Si el cierre se acerca, [llame antes de la hora](#si-no-puedo-entrar-antes-del-cierre).",
                ),
            ),
            Question(
                "si-se-cerro-la-sesion",
                "La sesión se cerró mientras escribía",
                (
                    (
                        "Se cierra tras {idle} sin uso, y siempre a las {session}. Ingrese de nuevo: lo que escribía "
                        "se guarda {kept_work} en este navegador y vuelve a su formulario. Claves y archivos no se "
                        "guardan; lo firmado ya está registrado."
                    ),
                ),
            ),
            Question(
                "si-quiero-presentar-una-pqr",
                "Quiero dejar constancia de algo",
                (
                    (
                        "Presente una [petición, queja, reclamo o recurso](pqr.index), sin cuenta ni claves. Recibe "
                        "un radicado y el último día de la respuesta, y [consulta cómo va](pqr.state) con el radicado "
                        "y su código."
                    ),
                ),
            ),
            Question(
                "si-mis-datos-cambiaron",
                "Cambió el correo o el teléfono de contacto",
                (
                    (
                        "Los contactos de su empresa, y qué correo recibe cada uno, se cambian en [Avisos por "
                        "correo](contacts.contacts). Para corregir sus datos personales, vea "
                        "[Privacidad](market.privacy)."
                    ),
                ),
            ),
            Question(
                "si-huele-a-gas",
                "Huele a gas",
                (
                    (
                        "Aléjese, no encienda ni apague nada eléctrico y llame desde afuera a la línea de emergencias "
                        "por olor a gas que está al pie de esta página. No use este portal ni el correo para avisar."
                    ),
                ),
            ),
        ),
    ),
)
QUESTIONS = tuple(question for subject in SUBJECTS for question in subject.questions)
