"""Settings from the environment; production does not start when one is missing or weak."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from .clock import Clock, clock_from
from .domain.copies import USUAL_RETENTION, BadRetention, Retention, usual_interval
from .domain.ports import Port
from .domain.web_push import USUAL_SERVICES, is_service
from .services.store import push_keys
from .services.store.push_keys import BadPushKey, PushKey
from .services.store.rotations import BadSecret, Secret, parse

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_BYTES = 32
BODY_SECONDS = 20.0
LOG_FORMAT, LOG_FORMATS = "PORTAL_LOG_FORMAT", ("json", "text")
KINDS = ("sqlite:///", "postgresql+psycopg://")
DATABASE, SECRET_KEY, PEPPER, PUSH_KEY = "portal.db", "secret_key", "pepper", "push_key.pem"
_LEAST_TEXT = f"at least {MIN_SECRET_BYTES} random characters"
MOST_BACKUP_MINUTES = 1440
# Files of the portal's folder with customers' figures or access secrets.
PRIVATE = (
    *(DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"),
    *("demo.json", SECRET_KEY, PEPPER, PUSH_KEY, "audit-anchors.log"),
)


class BadSettings(Exception):
    """The environment does not allow a start; the text says what to set."""


@dataclass(frozen=True)
class Settings:
    """Settings that differ between installations. ``repr`` shows no secret."""

    environment: str
    instance: Path
    database_url: str = field(repr=False)
    secret_key: Secret = field(repr=False)
    pepper: Secret = field(repr=False)
    base_url: str
    trusted_hosts: tuple[str, ...]
    smtp_url: str | None = field(repr=False)
    clock: Clock
    behind_proxy: bool
    # Seconds that the body of a request may take to arrive.
    body_seconds: float = BODY_SECONDS
    anchor_file: Path | None = None
    anchor_mail: tuple[str, ...] = ()
    # Box from which cases come by mail, and the address to which its mails are answered.
    intake_url: str | None = field(default=None, repr=False)
    intake_address: str | None = None
    # Streaming replica of the database, for pages that only read (docs/adr/0152).
    replica_url: str | None = field(default=None, repr=False)
    # Files of the two secrets; the key of sessions may stand in the environment instead.
    secret_key_file: Path | None = None
    pepper_file: Path | None = None
    # Copies of the database: folder, minutes between two (0: the worker takes none), retention, PostgreSQL's programs.
    backup_folder: Path | None = None
    backup_minutes: int = 0
    backup_keep: Retention = USUAL_RETENTION
    postgresql_programs: Path | None = None
    # Browsers keep a page for when there is no network; without it they drop the one they have.
    offline_page: bool = True
    # Who brings it reads ``/metrics``; without it that address is not there.
    metrics_token: str | None = field(default=None, repr=False)
    # Port of the loopback at which metrics are read without a token.
    metrics_port: int | None = None
    # Collector of error reports; it holds a key.
    report_dsn: str | None = field(default=None, repr=False)
    # Where traces go, by OTLP over HTTP; needs packages that are no part of the lock.
    traces_url: str | None = field(default=None, repr=False)
    # Gateways of messages to telephones (docs/operations.md, "Ports"); without one that port is not offered.
    sms_url: str | None = field(default=None, repr=False)
    sms_token: str | None = field(default=None, repr=False)
    whatsapp_url: str | None = field(default=None, repr=False)
    whatsapp_token: str | None = field(default=None, repr=False)
    # Key by which the portal names itself to push services, and those that it calls; without the key no browser
    # receives anything (docs/operations.md, "Web push").
    push_key: PushKey | None = field(default=None, repr=False)
    push_key_file: Path | None = None
    push_services: tuple[str, ...] = USUAL_SERVICES

    @property
    def offered_push_key(self) -> PushKey | None:
        """The push key, where browsers can receive: their messages come to the service worker."""
        return self.push_key if self.offline_page else None

    @property
    def telephone_ports(self) -> dict[Port, tuple[str, str | None]]:
        """Address and token of the gateway of each port to telephones that has one."""
        every = {Port.SMS: (self.sms_url, self.sms_token), Port.WHATSAPP: (self.whatsapp_url, self.whatsapp_token)}
        return {port: (url, token) for port, (url, token) in every.items() if url is not None}

    @property
    def audit_anchors(self) -> Path:
        """File of this host for the anchors, outside the database."""
        return self.anchor_file or self.instance / "audit-anchors.log"

    @property
    def session_keys(self) -> tuple[bytes, ...]:
        """Keys under which cookies and form tokens are accepted; the last one signs."""
        secret = self.secret_key
        keys = [secret.current, *([secret.successor] if secret.successor else [])]
        if not secret.has_begun(self.clock()):
            keys.reverse()
        return tuple(keys)

    @property
    def has_metrics(self) -> bool:
        """True when somebody may read metrics: only then anything is counted."""
        return self.metrics_token is not None or self.metrics_port is not None

    @property
    def backups(self) -> Path:
        """Folder of the copies of the database."""
        return self.backup_folder or self.instance / "backups"

    @property
    def is_production(self) -> bool:
        """True for an installation that serves real customers."""
        return self.environment == "production"

    @property
    def https(self) -> bool:
        """True when people reach the portal by HTTPS: cookies are then Secure and named ``__Host-``."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Return the settings of the ``PORTAL_…`` variables (``.env.example``); raises ``BadSettings``."""
        env = os.environ if environ is None else environ
        environment = env.get("PORTAL_ENV", "development")
        if environment not in ("development", "production"):
            raise BadSettings(f"PORTAL_ENV must be development or production, not {environment!r}.")
        production = environment == "production"
        instance = Path(env.get("PORTAL_INSTANCE") or ROOT / "instance").resolve()
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(instance)
        port = env.get("PORT") or "8000"
        base_url = (env.get("PORTAL_BASE_URL") or ("" if production else f"http://127.0.0.1:{port}")).rstrip("/")
        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
            raise BadSettings("PORTAL_BASE_URL must be the address people type, such as https://clientes.example.co.")
        if production and not base_url.startswith("https://"):
            raise BadSettings("PORTAL_BASE_URL must begin with https:// in production.")
        hosts = tuple(host.strip() for host in env.get("PORTAL_TRUSTED_HOSTS", "").split(",") if host.strip())
        if production and not hosts:
            raise BadSettings("PORTAL_TRUSTED_HOSTS must list the host names of the portal in production.")
        if production and env.get("PORTAL_NOW"):
            raise BadSettings("PORTAL_NOW moves the clock and is refused in production.")
        if env.get(LOG_FORMAT) and env[LOG_FORMAT] not in LOG_FORMATS:
            raise BadSettings(f"{LOG_FORMAT} must be {' or '.join(LOG_FORMATS)}, not {env[LOG_FORMAT]!r}.")
        try:
            clock = clock_from(env.get("PORTAL_NOW", ""))
        except ValueError as error:
            raise BadSettings(f"PORTAL_NOW is neither a moment nor a duration of ISO 8601: {error}") from None
        database_url = _database_url(env, instance)
        return cls(
            environment=environment,
            instance=instance,
            database_url=database_url,
            replica_url=_replica_url(env),
            secret_key=_secret_key(env, instance, production=production),
            secret_key_file=_secret_key_file(env, instance),
            pepper=_pepper(env, instance, production=production),
            pepper_file=Path(env.get("PORTAL_PEPPER_FILE") or instance / PEPPER),
            base_url=base_url,
            trusted_hosts=hosts,
            smtp_url=env.get("PORTAL_SMTP_URL") or None,
            clock=clock,
            anchor_file=Path(env["PORTAL_ANCHOR_FILE"]).resolve() if env.get("PORTAL_ANCHOR_FILE") else None,
            anchor_mail=_addresses(env, "PORTAL_ANCHOR_MAIL"),
            intake_url=env.get("PORTAL_INTAKE_URL") or None,
            intake_address=_intake_address(env),
            behind_proxy=(env.get("PORTAL_BEHIND_PROXY") or ("1" if production else "0")) == "1",
            backup_folder=Path(env["PORTAL_BACKUP_FOLDER"]).resolve() if env.get("PORTAL_BACKUP_FOLDER") else None,
            backup_minutes=_backup_minutes(env, database_url, production=production),
            backup_keep=_backup_keep(env),
            postgresql_programs=Path(env["PORTAL_PG_PROGRAMS"]) if env.get("PORTAL_PG_PROGRAMS") else None,
            offline_page=(env.get("PORTAL_OFFLINE_PAGE") or "1") == "1",
            metrics_token=_metrics_token(env),
            metrics_port=_metrics_port(env),
            report_dsn=_report_dsn(env),
            traces_url=_traces_url(env),
            sms_url=env.get("PORTAL_SMS_URL") or None,
            sms_token=env.get("PORTAL_SMS_TOKEN") or None,
            whatsapp_url=env.get("PORTAL_WHATSAPP_URL") or None,
            whatsapp_token=env.get("PORTAL_WHATSAPP_TOKEN") or None,
            push_key=_push_key(env, instance),
            push_key_file=_push_key_file(env, instance),
            push_services=_push_services(env),
            body_seconds=_seconds(env, "PORTAL_BODY_SECONDS", usual=BODY_SECONDS),
        )


def _close_to_others(instance: Path) -> None:
    """Remove others' permissions that an older version left; skip files of another user."""
    for path in (*(instance / name for name in PRIVATE), *(instance / "backups").glob("*")):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            mode = path.stat().st_mode
            if mode & 0o077 and path.is_file():
                path.chmod(mode & 0o700)


def _seconds(env: Mapping[str, str], name: str, *, usual: float) -> float:
    given = env.get(name) or str(usual)
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= 60:
        raise BadSettings(f"{name} must be a number of seconds from 1 to 60, not {given!r}.")
    return seconds


def _metrics_token(env: Mapping[str, str]) -> str | None:
    given = env.get("PORTAL_METRICS_TOKEN") or None
    if given is not None and (len(given.encode()) < MIN_SECRET_BYTES or len(set(given)) < 10 or not given.isascii()):
        raise BadSettings(
            f"PORTAL_METRICS_TOKEN is too weak: give at least {MIN_SECRET_BYTES} random ASCII characters."
        )
    return given


def _backup_minutes(env: Mapping[str, str], url: str, *, production: bool) -> int:
    usual = usual_interval(is_sqlite=url.startswith(KINDS[0])) // timedelta(minutes=1) if production else 0
    given = env.get("PORTAL_BACKUP_MINUTES") or str(usual)
    if not (given.isascii() and given.isdigit()) or int(given) > MOST_BACKUP_MINUTES:
        raise BadSettings(f"PORTAL_BACKUP_MINUTES must be a number of minutes from 1 to 1440, or 0, not {given!r}.")
    return int(given)


def _backup_keep(env: Mapping[str, str]) -> Retention:
    try:
        return Retention.read(env.get("PORTAL_BACKUP_KEEP") or str(USUAL_RETENTION))
    except BadRetention as error:
        raise BadSettings(f"PORTAL_BACKUP_KEEP {error}.") from None


def _metrics_port(env: Mapping[str, str]) -> int | None:
    given = env.get("PORTAL_METRICS_PORT") or None
    if given is None:
        return None
    if not (given.isascii() and given.isdecimal() and 1 <= int(given) <= 65535):
        raise BadSettings(f"PORTAL_METRICS_PORT must be a port from 1 to 65535, not {given!r}.")
    if given == (env.get("PORT") or "8000"):
        raise BadSettings(f"PORTAL_METRICS_PORT must be another port than the portal's own, {given}.")
    return int(given)


def _report_dsn(env: Mapping[str, str]) -> str | None:
    given = env.get("PORTAL_SENTRY_DSN") or None
    if given is None:
        return None
    try:
        parts = urlsplit(given)
        whole = bool(parts.scheme in ("http", "https") and parts.username and parts.hostname and parts.port != 0)
    except ValueError:
        whole = False
    if not whole or not parts.path.rpartition("/")[2].isdecimal():
        raise BadSettings("PORTAL_SENTRY_DSN must be like https://key@reports.example.co/1: key, host, number.")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise BadSettings("PORTAL_SENTRY_DSN must begin with https:// unless the collector is on this machine.")
    return given


def _traces_url(env: Mapping[str, str]) -> str | None:
    given = env.get("PORTAL_TRACES_URL") or None
    if given is not None and (urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname):
        raise BadSettings("PORTAL_TRACES_URL must be the address of a collector, http://127.0.0.1:4318/v1/traces.")
    return given


def _addresses(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in env.get(name, "").split(",") if each.strip())
    for each in found:
        if each.count("@") != 1 or each != "".join(each.split()):
            raise BadSettings(f"{name} must list e-mail addresses with a comma between them.")
    return found


def _intake_address(env: Mapping[str, str]) -> str | None:
    """Return the address of the box of cases: as given, or the user of its server where that is an address."""
    given = _addresses(env, "PORTAL_INTAKE_ADDRESS")
    url = env.get("PORTAL_INTAKE_URL", "")
    user = ""
    # The address of the box is read, and refused, where it is opened.
    with contextlib.suppress(ValueError):
        user = unquote(urlsplit(url).username or "")
    if not given and user.count("@") == 1:
        given = (user,)
    if (url and not given) or len(given) > 1:
        raise BadSettings("PORTAL_INTAKE_ADDRESS must be the one address to which mails about a case are answered.")
    return next(iter(given), None)


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    given = env.get("PORTAL_DATABASE_URL", "")
    if not given and not (instance / DATABASE).exists():
        # Created here, private from the first moment: the log file takes its mode from it.
        with contextlib.suppress(OSError):
            (instance / DATABASE).touch(mode=0o600)
    url = given or f"sqlite:///{instance / DATABASE}"
    if not url.startswith(KINDS):
        raise BadSettings(f"PORTAL_DATABASE_URL must begin with {' or '.join(KINDS)}.")
    if any(value != "transaction" for name, value in parse_qsl(url.partition("?")[2]) if name == "pooler"):
        raise BadSettings("PORTAL_DATABASE_URL takes pooler=transaction, for PgBouncer in that mode, and no other.")
    return url


def _replica_url(env: Mapping[str, str]) -> str | None:
    url = env.get("PORTAL_REPLICA_URL") or None
    both = (url, env.get("PORTAL_DATABASE_URL", ""))
    if url is not None and not all(str(each).startswith("postgresql+psycopg://") for each in both):
        raise BadSettings("PORTAL_REPLICA_URL and PORTAL_DATABASE_URL must begin with postgresql+psycopg://.")
    return url


def _secret_key(env: Mapping[str, str], instance: Path, *, production: bool) -> Secret:
    given, file = env.get("PORTAL_SECRET_KEY", ""), env.get("PORTAL_SECRET_KEY_FILE", "")
    if given and file:
        raise BadSettings("PORTAL_SECRET_KEY and PORTAL_SECRET_KEY_FILE are both set: keep one of them.")
    if given:
        return _strong(Secret(given.encode()), f"PORTAL_SECRET_KEY is too weak: give {_LEAST_TEXT}.")
    if not file:
        if production:
            raise BadSettings(
                f"PORTAL_SECRET_KEY is missing: give {_LEAST_TEXT}, or name their file by PORTAL_SECRET_KEY_FILE."
            )
        return _read(instance / SECRET_KEY, lambda: secrets.token_urlsafe(48).encode(), "the session key")
    found = _read(Path(file), None, "PORTAL_SECRET_KEY_FILE")
    # A line that an editor or a shell ended.
    found = replace(found, current=found.current.strip())
    return _strong(found, f"PORTAL_SECRET_KEY_FILE holds too little: {_LEAST_TEXT}.")


def _secret_key_file(env: Mapping[str, str], instance: Path) -> Path | None:
    if env.get("PORTAL_SECRET_KEY"):
        return None
    return Path(env.get("PORTAL_SECRET_KEY_FILE") or instance / SECRET_KEY)


def _pepper(env: Mapping[str, str], instance: Path, *, production: bool) -> Secret:
    given = env.get("PORTAL_PEPPER_FILE", "")
    if not given and production:
        raise BadSettings(
            "PORTAL_PEPPER_FILE is missing: name a file of at least 32 random bytes, kept off the backups."
        )
    if not given:
        return _read(instance / PEPPER, lambda: secrets.token_bytes(32), "the pepper")
    found = _read(Path(given), None, "PORTAL_PEPPER_FILE")
    return _strong(found, "PORTAL_PEPPER_FILE holds too little: at least 32 random bytes.")


def _push_key_file(env: Mapping[str, str], instance: Path) -> Path:
    return Path(env.get("PORTAL_PUSH_KEY_FILE") or instance / PUSH_KEY)


def _push_key(env: Mapping[str, str], instance: Path) -> PushKey | None:
    path = _push_key_file(env, instance)
    try:
        return push_keys.read(path)
    except BadPushKey as error:
        raise BadSettings(f"{path} is no push key: {error}.") from None


def _push_services(env: Mapping[str, str]) -> tuple[str, ...]:
    found = tuple(each.strip() for each in env.get("PORTAL_PUSH_SERVICES", "").split(",") if each.strip())
    for each in found:
        if not is_service(each):
            raise BadSettings(
                "PORTAL_PUSH_SERVICES must list hosts with a comma between them, as fcm.googleapis.com or "
                f"*.notify.windows.com, not {each!r}."
            )
    return found or USUAL_SERVICES


def _strong(secret: Secret, otherwise: str) -> Secret:
    if len(secret.current) < MIN_SECRET_BYTES or len(set(secret.current)) < 10:
        raise BadSettings(otherwise)
    return secret


def _read(path: Path, make: Callable[[], bytes] | None, name: str) -> Secret:
    """Return the secret in a file, which development makes where there is none; ``BadSettings`` names a bad one."""
    if make is None and not path.is_file():
        raise BadSettings(f"{name} names no file that can be read: {path}")
    try:
        return parse(path.read_bytes() if make is None else _kept(path, make))
    except BadSecret as error:
        raise BadSettings(f"{path} is no file of a secret: {error}.") from None


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the development secret at ``path``, made once; processes that start together agree on one."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_bytes(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
