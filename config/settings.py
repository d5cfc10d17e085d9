"""All settings together; load() reads them from files and the environment."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, get_type_hints

from config.kinds import convert, kind_of
from config.networks import networks_in
from config.sections import (
    BackupSettings,
    CastSettings,
    ConnectorSettings,
    DatabaseSettings,
    HealthSettings,
    HomeSettings,
    LogSettings,
    MediaSettings,
    PaperSettings,
    PeopleSettings,
    PhoneSettings,
    PrivacySettings,
    RecordSettings,
    SpeechSettings,
    TelegramSettings,
    WebSettings,
)
from config.textfile import Unreadable, read_text, read_toml

ROOT: Final = Path(__file__).resolve().parent.parent
# What a section was called in earlier versions: their files and variables are read as ever.
FORMER_SECTIONS: Final = {"doors": "connectors"}
PREFIX: Final = "HOTLINE_"
FILES_VARIABLE: Final = "HOTLINE_CONFIG"
NOT_SETTINGS: Final = frozenset({FILES_VARIABLE})
# What runs as the demo, or speaks to it, reads this file before all others.
DEMO: Final = ROOT / "config" / "demo.toml"


class SettingsError(Exception):
    """One clear line that names the setting which is wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one installation, one section a field."""

    home: HomeSettings = field(default_factory=HomeSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    web: WebSettings = field(default_factory=WebSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    papers: PaperSettings = field(default_factory=PaperSettings)
    connectors: ConnectorSettings = field(default_factory=ConnectorSettings)
    phone: PhoneSettings = field(default_factory=PhoneSettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    telegram: TelegramSettings = field(default_factory=TelegramSettings)
    people: PeopleSettings = field(default_factory=PeopleSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    cast: CastSettings = field(default_factory=CastSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    record: RecordSettings = field(default_factory=RecordSettings)
    log: LogSettings = field(default_factory=LogSettings)

    @property
    def city_folder(self) -> Path:
        """The folder of the city's data."""
        named = ROOT / "config" / "city" / self.home.city
        return named if named.is_dir() else below_root(Path(self.home.city))

    @property
    def catalogue_folder(self) -> Path:
        """The folder of the catalogue edition that new cases are filed by."""
        return ROOT / "config" / "catalogue" / self.home.catalogue

    @property
    def backup_folder(self) -> Path:
        """The folder of backups: never inside the data folder, which a restore puts aside."""
        data = self.home.data_dir
        named = self.backup.folder
        return below_root(Path(named)) if named else data.with_name(f"{data.name}-backup")

    @property
    def tokens_folder(self) -> Path:
        """The folder of the connectors' tokens, one 0600 file a connector."""
        return self.home.data_dir / "tokens"

    def connector_token(self, connector: str) -> str:
        """The token of a connector (ivr, bots, witness): its setting, else its file, else empty."""
        given = {
            "ivr": self.connectors.ivr_token,
            "bots": self.connectors.bots_token,
            "witness": self.connectors.witness_token,
        }[connector]
        try:
            return given or (self.tokens_folder / connector).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    @property
    def ami_secret_file(self) -> Path:
        """The file with the secret of Asterisk's manager interface."""
        named = self.phone.ami_secret_file
        return below_root(Path(named)) if named else self.tokens_folder / "ami"

    @property
    def ari_secret_file(self) -> Path:
        """The file with the secret by which the phone connector makes seats in the exchange."""
        return self.tokens_folder / "ari"

    @property
    def seal_key_file(self) -> Path:
        """The file with the key by which secrets of second factors are sealed."""
        return self.tokens_folder / "seal"

    @property
    def seal_key(self) -> str:
        """The key by which secrets of second factors are sealed; empty where there is none."""
        try:
            return self.seal_key_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    @property
    def log_key_file(self) -> Path:
        """The file with the key by which the office signs where its log stands."""
        return self.tokens_folder / "log"

    @property
    def log_memory_file(self) -> Path:
        """The file with what the office signed of its log last, beside the key."""
        return self.tokens_folder / "log.signed"

    @property
    def agi_secret_file(self) -> Path:
        """The file with the secret by which the phone connector knows the running exchange."""
        return self.tokens_folder / "agi"

    @property
    def backend_url(self) -> str:
        """Where the connectors reach the backend."""
        return self.connectors.backend_url or f"http://{self.web.host}:{self.web.port}"

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies go over HTTPS only: where people come by it, they always do."""
        return self.web.secure_cookies or self.public_url.lower().startswith("https://")

    @property
    def public_url(self) -> str:
        """Where people reach the console."""
        return self.web.public_url or f"http://{self.web.host}:{self.web.port}"


Raw = dict[tuple[str, str], tuple[Any, str]]
"""(section, field) -> (value as found, where it was found)."""


def load(files: Sequence[Path], environ: Mapping[str, str]) -> Settings:
    """Read files in order, then the environment; later wins. Raise SettingsError on any doubt."""
    raw: Raw = {}
    for path in files:
        raw |= _from_file(path)
    raw |= _from_environ(environ)
    sections: dict[str, dict[str, Any]] = {}
    for (section, name), (value, source) in raw.items():
        sections.setdefault(section, {})[name] = _typed(section, name, value, source)
    built = {name: cls(**sections.get(name, {})) for name, cls in sections_declared()}
    settings = Settings(**{name: _anchored(section) for name, section in built.items()})
    _check(settings)
    return settings


def from_environment() -> Settings:
    """Settings of this process: the files named in HOTLINE_CONFIG, then the environment."""
    return load_with(files_named())


def load_with(files: Sequence[Path]) -> Settings:
    """Settings of these files, then of this process's environment."""
    return load(files, os.environ)


def files_named() -> list[Path]:
    """The settings files that HOTLINE_CONFIG names."""
    return [Path(p) for p in os.environ.get(FILES_VARIABLE, "").split(os.pathsep) if p]


def terminal_language() -> Literal["zh_CN", "en"]:
    """The language of whoever sits at this terminal, by its locale."""
    named = next(
        (os.environ[v] for v in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(v)), ""
    )
    return "zh_CN" if named.startswith("zh") else "en"


def child_environment(files: Sequence[Path]) -> dict[str, str]:
    """This process's environment for a child that shall read these settings files."""
    return dict(os.environ) | {FILES_VARIABLE: os.pathsep.join(str(p.resolve()) for p in files)}


def sections_declared() -> Iterator[tuple[str, type]]:
    """Each section's name and class, in order."""
    yield from get_type_hints(Settings).items()


def declared(cls: type) -> Iterator[tuple[Field[Any], Any]]:
    """Each setting of a section with its type."""
    hints = get_type_hints(cls)
    for declaration in fields(cls):
        yield declaration, hints[declaration.name]


def variable_of(section: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{section}_{name}".upper()


def below_root(path: Path) -> Path:
    """A path as it stands, or below the project's folder where it is relative."""
    return path if path.is_absolute() else ROOT / path


def _from_file(path: Path) -> Raw:
    try:
        tables = read_toml(path)
    except FileNotFoundError:
        raise SettingsError(f"settings file {path} is missing") from None
    except (OSError, Unreadable) as error:
        raise SettingsError(f"settings file {path} cannot be read: {error}") from None
    known = {name: {f.name for f in fields(cls)} for name, cls in sections_declared()}
    raw: Raw = {}
    for called, table in tables.items():
        section = FORMER_SECTIONS.get(called, called)
        if section not in known or not isinstance(table, dict):
            raise SettingsError(f"unknown section [{called}] in {path}")
        for name, value in table.items():
            if name not in known[section]:
                raise SettingsError(f"unknown setting {called}.{name} in {path}")
            raw[section, name] = (value, str(path))
    return raw


def _from_environ(environ: Mapping[str, str]) -> Raw:
    names: dict[str, tuple[str, str]] = {}
    secret_files: dict[str, tuple[str, str]] = {}
    for section, cls in sections_declared():
        for declaration, _ in declared(cls):
            key = (section, declaration.name)
            former = [old for old, new in FORMER_SECTIONS.items() if new == section]
            variables = [variable_of(called, declaration.name) for called in (*former, section)]
            names |= dict.fromkeys(variables, key)
            if declaration.metadata["variable"]:
                names[declaration.metadata["variable"]] = key
            if declaration.metadata["secret"]:
                secret_files |= dict.fromkeys((f"{v}_FILE" for v in variables), key)
    raw: Raw = {}
    # A former name gives way to today's, so it is read first.
    old = tuple(f"{PREFIX}{one.upper()}_" for one in FORMER_SECTIONS)
    for variable, value in sorted(environ.items(), key=lambda one: not one[0].startswith(old)):
        if variable in names:
            raw[names[variable]] = (value, variable)
        elif variable in secret_files:
            raw[secret_files[variable]] = (_secret_in(variable, value), variable)
        elif variable.startswith(PREFIX) and variable not in NOT_SETTINGS:
            raise SettingsError(f"unknown setting {variable} in the environment")
    return raw


def _secret_in(variable: str, path: str) -> str:
    try:
        return read_text(below_root(Path(path))).strip()
    except (OSError, Unreadable):
        raise SettingsError(f"{variable} names a file that cannot be read: {path}") from None


def _typed(section: str, name: str, value: Any, source: str) -> Any:
    cls = dict(sections_declared())[section]
    declaration, kind = next(d for d in declared(cls) if d[0].name == name)
    try:
        return convert(value, kind)
    except (TypeError, ValueError):
        shown = "" if declaration.metadata["secret"] else f", not {value!r}"
        raise SettingsError(f"{section}.{name} must be {kind_of(kind)}{shown} ({source})") from None


def _anchored(section: Any) -> Any:
    """The section with its relative paths below the project's folder."""
    values = {f.name: getattr(section, f.name) for f in fields(section)}
    return type(section)(
        **{name: below_root(v) if isinstance(v, Path) else v for name, v in values.items()}
    )


def _check(settings: Settings) -> None:
    """Refuse values that no single declaration can judge."""
    ports = (
        ("web.port", settings.web.port),
        ("phone.sip_port", settings.phone.sip_port),
        ("phone.agi_port", settings.phone.agi_port),
        ("phone.ami_port", settings.phone.ami_port),
        ("phone.http_port", settings.phone.http_port),
        ("telegram.webhook_port", settings.telegram.webhook_port),
        ("phone.rtp_first", settings.phone.rtp_first),
        ("phone.rtp_last", settings.phone.rtp_last),
    )
    for name, port in ports:
        if not 1 <= port <= 65535:
            raise SettingsError(f"{name} must be a port from 1 to 65535, not {port}")
    if settings.database.feed_days < 1 or settings.database.call_days < 0:
        raise SettingsError("database.feed_days must be at least 1, database.call_days 0")
    if not 1 <= settings.privacy.clock_ahead_days <= 3650:
        raise SettingsError("privacy.clock_ahead_days must be from 1 to 3650")
    if not 1 <= settings.record.checkpoint_s <= 86_400:
        raise SettingsError("record.checkpoint_s must be from 1 to 86400")
    if not -1 <= settings.backup.hour <= 23:
        raise SettingsError(f"backup.hour must be from 0 to 23, or -1, not {settings.backup.hour}")
    if settings.backup.keep < 1:
        raise SettingsError(f"backup.keep must be at least 1, not {settings.backup.keep}")
    if settings.backup_folder.is_relative_to(settings.home.data_dir):
        raise SettingsError("backup.folder must not lie in home.data_dir")
    if settings.phone.rtp_last - settings.phone.rtp_first < 2:
        raise SettingsError("phone.rtp_last must be at least 2 above phone.rtp_first")
    try:
        networks_in(settings.web.trusted_proxies)
    except ValueError as error:
        raise SettingsError(f"web.trusted_proxies: {error}") from None
    url = settings.database.url
    if url and not url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise SettingsError("database.url must begin with postgresql://")
    if not settings.city_folder.joinpath("city.toml").is_file():
        raise SettingsError(f"home.city: no city.toml in {settings.city_folder}")
    if not settings.catalogue_folder.is_dir():
        raise SettingsError(f"home.catalogue: no folder {settings.catalogue_folder}")
    if settings.telegram.token and settings.telegram.mode == "webhook":
        for name in ("webhook_url", "webhook_secret"):
            if not getattr(settings.telegram, name):
                raise SettingsError(f"telegram.{name} is required where telegram.mode is webhook")
