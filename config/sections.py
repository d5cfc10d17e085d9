"""The sections of the settings: every setting, declared once with type, default, unit, meaning."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T")


def setting(default: T, unit: str, meaning: str, *, secret: bool = False, variable: str = "") -> T:
    """Declare one setting; `variable` is a second name of it in the environment."""
    told = {"unit": unit, "meaning": meaning, "secret": secret, "variable": variable}
    return field(default=default, repr=not secret, metadata=told)


@dataclass(frozen=True, slots=True)
class HomeSettings:
    """Where things lie and which city this is."""

    data_dir: Path = setting(Path(".hotline"), "", "Folder of everything written at run time.")
    city: str = setting(
        "demo", "", "Name of a folder below config/city, or the path of a city folder."
    )
    catalogue: str = setting(
        "gbt47678-2026", "", "Edition of the code set that new cases are filed by."
    )
    language: Literal["zh_CN", "en"] = setting("zh_CN", "", "Language where nobody has chosen one.")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """PostgreSQL: our own server, or any server from version 15 by its address."""

    url: str = setting(
        "", "", "Address of a PostgreSQL server; empty runs the embedded one.", secret=True
    )
    pool_size: int = setting(10, "connections", "Connections that the backend keeps open.")
    statement_timeout_s: float = setting(30.0, "seconds", "Longest time of one statement.")
    call_days: int = setting(0, "days", "Calls stay on record so long at least; 0: for ever.")
    feed_days: int = setting(7, "days", "Changes are kept so long for consoles that were away.")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The backend's HTTP server."""

    host: str = setting("127.0.0.1", "", "Address that the backend listens on.")
    port: int = setting(8080, "", "Port that the backend listens on.")
    public_url: str = setting("", "", "Address that people use; empty: made from host and port.")
    secure_cookies: bool = setting(
        False, "", "Send cookies over HTTPS only; an https public_url does it too."
    )
    session_hours: float = setting(12.0, "hours", "A login ends after this time without a request.")
    session_longest_hours: float = setting(
        24.0, "hours", "A login ends after this time at the latest."
    )
    claim_s: float = setting(
        45.0,
        "seconds",
        "So long others see that somebody is at work on a case after the last word of their page.",
    )
    trusted_proxies: str = setting(
        "",
        "",
        "Addresses or networks of the proxies before us, with spaces between; whom they name in "
        "X-Forwarded-For is the client.",
    )
    slow_s: float = setting(
        30.0, "seconds", "Longest wait for a request's head, and for the next part of its body."
    )
    upload_limit_mb: int = setting(64, "MiB", "Largest upload that is taken.")


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Photos and recordings."""

    photo_mb: int = setting(20, "MiB", "Largest photo that is taken.")
    recording_mb: int = setting(50, "MiB", "Largest recording that is taken.")
    photo_side_px: int = setting(1920, "pixels", "Longest edge of a photo as it is kept.")
    photo_pixels: int = setting(100_000_000, "pixels", "Most pixels of a photo that is opened.")
    threads: int = setting(2, "threads", "Threads that take in photos and recordings.")


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """Papers that are printed and handed out."""

    font: str = setting(
        ".tools/fonts/root/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        "",
        "TrueType font with Chinese letters that papers are set in; setup gets one.",
    )


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """How the phone connector and the message connector reach the backend."""

    backend_url: str = setting(
        "", "", "Address of the backend; empty: made from web.host and web.port."
    )
    timeout_s: float = setting(10.0, "seconds", "Longest wait for one answer of the backend.")
    terminal: bool = setting(
        False, "", "Let a terminal of this machine speak as any citizen or post; for the demo."
    )
    reports_a_day: int = setting(
        20, "reports", "Reports that one citizen's chat may hand in on a day; 0: any number."
    )
    ivr_token: str = setting(
        "", "", "Token of the phone connector; empty: tokens/ivr below data_dir.", secret=True
    )
    bots_token: str = setting(
        "", "", "Token of the message connector; empty: tokens/bots below data_dir.", secret=True
    )
    witness_token: str = setting(
        "", "", "Token of the log's witnesses; empty: tokens/witness below data_dir.", secret=True
    )


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """The exchange (Asterisk) and the phone connector."""

    sip_host: str = setting("127.0.0.1", "", "Address that Asterisk takes calls on.")
    public_host: str = setting(
        "", "", "Address that callers reach the sound streams at; empty: sip_host."
    )
    sip_port: int = setting(5060, "", "Port that Asterisk takes calls on.")
    rtp_first: int = setting(10000, "", "First port of the sound streams.")
    rtp_last: int = setting(10999, "", "Last port of the sound streams.")
    agi_host: str = setting("127.0.0.1", "", "Address where Asterisk finds the phone connector.")
    agi_port: int = setting(4573, "", "Port where Asterisk finds the phone connector.")
    ami_host: str = setting("127.0.0.1", "", "Address of Asterisk's manager interface.")
    ami_port: int = setting(5038, "", "Port of Asterisk's manager interface.")
    ami_from: str = setting(
        "", "", "Networks that may use the manager interface, by spaces; empty: this machine."
    )
    ami_secret_file: str = setting(
        "", "", "File with the manager's secret; empty: tokens/ami below data_dir."
    )
    asterisk_root: Path = setting(Path(".tools/asterisk"), "", "Folder that get-asterisk filled.")
    trunk: str = setting(
        "", "", "SIP address that calls to citizens leave by; empty: the demo caller."
    )
    trunk_from: str = setting(
        "", "", "Networks that calls come from, by spaces; empty: this machine, or those of trunk."
    )
    http_host: str = setting(
        "127.0.0.1", "", "Address of the exchange for seats' telephones and settings."
    )
    http_port: int = setting(
        8088, "", "Port of the exchange for seats' telephones (WebSocket /ws) and settings."
    )
    seats_url: str = setting(
        "",
        "",
        "WebSocket address of the exchange for seats' browsers; empty: this machine.",
    )
    seats_host: str = setting(
        "", "", "Address of the sound of seats; empty: the one by which this machine goes out."
    )
    hotline_number: str = setting("12345", "", "Number that citizens dial.")
    lines_per_caller: int = setting(5, "calls", "Most calls of one number at once.")
    lines_withheld: int = setting(50, "calls", "Most calls without a number at once, together.")
    trunk_tls: bool = setting(
        False, "", "Speak with the trunk by TLS; phone.trunk names its TLS port then."
    )
    trunk_srtp: bool = setting(
        False, "", "Encrypt the sound with the trunk (SRTP); needs trunk_tls."
    )
    trunk_authority: str = setting(
        "", "", "File (PEM) of who signed the trunk's certificate; empty: this machine's list."
    )
    tls_port: int = setting(5061, "", "Port that Asterisk takes calls on by TLS.")
    tls_certificate: str = setting("", "", "File (PEM) by which Asterisk proves itself by TLS.")
    tls_key: str = setting("", "", "File (PEM) with the key of tls_certificate.")
    sign_in_tries: int = setting(
        20, "tries", "Failed sign-ins of an address in a minute that shut it out; 0: never."
    )
    shut_out_s: float = setting(600.0, "seconds", "So long an address is shut out.")
    lines_spare: int = setting(50, "calls", "Lines kept for saying that all others are busy.")

    @property
    def seats_at(self) -> str:
        """Where a seat's browser finds the exchange."""
        return self.seats_url or f"ws://127.0.0.1:{self.http_port}/ws"

    @property
    def lines(self) -> int:
        """How many calls have room at once: each takes a pair of ports for its sound."""
        return (self.rtp_last - self.rtp_first + 1) // 2


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """Speech to text, in the background, on this machine."""

    engine: Literal["whisper", "none"] = setting(
        "whisper", "", "Recogniser; none leaves calls to be heard."
    )
    model_path: str = setting(
        "", "", "Folder of a faster-whisper model; empty: the packaged base model."
    )
    threads: int = setting(1, "threads", "Threads that one recognition may use.")
    live_calls: int = setting(
        0, "talks", "Talks at seats that are written down at once while they go on; 0: none is."
    )


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """The Telegram bot; without a token it does not run."""

    token: str = setting("", "", "Token of the bot.", secret=True)
    base_url: str = setting("", "", "Address of the Bot API; empty: Telegram's own.")
    base_file_url: str = setting("", "", "Address of the Bot API's files; empty: Telegram's own.")
    mode: Literal["polling", "webhook"] = setting("polling", "", "How updates arrive.")
    webhook_url: str = setting("", "", "Public address that Telegram posts updates to.")
    webhook_host: str = setting("127.0.0.1", "", "Address that the webhook listens on.")
    webhook_port: int = setting(8443, "", "Port that the webhook listens on.")
    webhook_secret: str = setting(
        "", "", "Secret that Telegram sends with each update.", secret=True
    )


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Accounts and their logins."""

    password_length: int = setting(12, "characters", "Shortest password that is taken.")
    login_tries: int = setting(5, "tries", "Wrong passwords that are taken within the wait.")
    login_wait_s: float = setting(60.0, "seconds", "The window in which they are counted.")
    second_factor_for: str = setting(
        "",
        "",
        "Permissions, by spaces, such as contact.unmask: who has one by the post they work in does "
        "nothing without a second factor.",
    )
    code_minutes: float = setting(30.0, "minutes", "How long a one-use code for a chat is good.")


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """When what was kept long enough goes; how long that is says privacy.toml of the city."""

    retention_hour: int = setting(
        2, "", "Hour of the city's day from which a worker erases it, once a night; -1: never."
    )
    clock_ahead_days: int = setting(
        30,
        "days",
        "A clock that is so far ahead of what was last believed erases nothing before a person "
        "says that it is right.",
    )


@dataclass(frozen=True, slots=True)
class CastSettings:
    """The demo's players."""

    enabled: bool = setting(False, "", "Let the cast play the posts of the demo.", variable="CAST")
    look_s: float = setting(2.0, "seconds", "How often the players look for work.")
    pause_s: float = setting(6.0, "seconds", "How long a player takes for one thing.")


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """When the checks of `hotline check` and of the console's page complain."""

    disk_free_mb: int = setting(2048, "MiB", "Less free space for data_dir than this is told.")
    silent_s: float = setting(30.0, "seconds", "A process is silent after this time.")
    waiting_s: float = setting(120.0, "seconds", "A spoken report may wait so long on disk.")
    clock_skew_s: float = setting(5.0, "seconds", "Clocks may be apart by so much.")


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Backups: where they lie, when one is made by itself, and how many are kept."""

    folder: str = setting(
        "", "", "Folder of backups, best on another disk; empty: data_dir with -backup behind it."
    )
    hour: int = setting(
        3, "", "Hour of this machine's day at which `hotline serve` makes a backup; -1: never."
    )
    keep: int = setting(7, "backups", "Backups that are kept; older ones go.")
    check_days: int = setting(
        7, "days", "After so many days without one a new backup is checked by itself; 0: never."
    )
    old_hours: float = setting(36.0, "hours", "A last good backup that is older is told.")


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """The log over steps, audit and configuration, by which the record can be believed."""

    checkpoint_s: float = setting(
        300.0, "seconds", "So often the office signs where its log stands."
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Logs for developers and operators."""

    level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "", "Least level written."
    )
    form: Literal["text", "json"] = setting("text", "", "Form of one line.")
