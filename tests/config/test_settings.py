"""Settings: later wins, and any doubt stops the start with one line."""

import re
from pathlib import Path

import pytest

from config.settings import (
    ROOT,
    Settings,
    SettingsError,
    child_environment,
    declared,
    load,
    sections_declared,
    terminal_language,
)
from tests.sources import python_files, text_of


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_files_everything_has_its_default() -> None:
    settings = load([], {})
    assert settings.web.port == 8080
    assert settings.home.data_dir == ROOT / ".hotline"
    assert settings.backend_url == settings.public_url == "http://127.0.0.1:8080"
    assert settings.cast.enabled is False


def test_the_environment_wins_over_files_and_a_later_file_over_an_earlier(tmp_path: Path) -> None:
    own = settings_file(
        tmp_path, '[web]\nport = 9000\nhost = "127.0.0.2"\n[cast]\nenabled = false\n'
    )
    settings = load([ROOT / "config/demo.toml", own], {"HOTLINE_WEB_PORT": "9001"})
    assert (settings.web.host, settings.web.port) == ("127.0.0.2", 9001)
    assert settings.cast.enabled is False


@pytest.mark.parametrize(("word", "enabled"), [("off", False), ("on", True), ("0", False)])
def test_the_cast_is_switched_by_its_short_name(word: str, enabled: bool) -> None:
    assert load([], {"CAST": word}).cast.enabled is enabled


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"HOTLINE_WEB_PROT": "1"}, "unknown setting HOTLINE_WEB_PROT in the environment"),
        ({"HOTLINE_WEB_PORT": "many"}, "web.port must be whole number, not 'many'"),
        ({"HOTLINE_WEB_PORT": "70000"}, "web.port must be a port from 1 to 65535"),
        ({"CAST": "perhaps"}, "cast.enabled must be on or off"),
        ({"HOTLINE_SPEECH_ENGINE": "ear"}, "speech.engine must be"),
        ({"HOTLINE_DATABASE_URL": "mysql://x"}, "database.url must begin with postgresql://"),
        ({"HOTLINE_HOME_CITY": "atlantis"}, "home.city: no city.toml in"),
        ({"HOTLINE_HOME_CATALOGUE": "1890"}, "home.catalogue: no folder"),
        ({"HOTLINE_TELEGRAM_TOKEN_FILE": "nowhere"}, "HOTLINE_TELEGRAM_TOKEN_FILE names a file"),
        (
            {"HOTLINE_TELEGRAM_TOKEN": "1:a", "HOTLINE_TELEGRAM_MODE": "webhook"},
            "telegram.webhook_url is required",
        ),
        ({"HOTLINE_PHONE_RTP_LAST": "10000"}, "phone.rtp_last must be at least 2 above"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(environ: dict[str, str], line: str) -> None:
    with pytest.raises(SettingsError) as told:
        load([], environ)
    assert line in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[web]\nprot = 1\n", "unknown setting web.prot in"),
        ("[wbe]\nport = 1\n", "unknown section [wbe] in"),
        ("web = 1\n", "unknown section [web] in"),
        ("[web\n", "cannot be read"),
        ('[web]\nport = "8080x"\n', "web.port must be whole number"),
        ("[web]\nport = 80.5\n", "web.port must be whole number"),
        ("[web]\nhost = 7\n", "web.host must be text"),
        ("[web]\nport = true\n", "web.port must be whole number"),
    ],
)
def test_a_wrong_file_is_named_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(SettingsError) as told:
        load([settings_file(tmp_path, text)], {})
    assert line in str(told.value)
    assert "own.toml" in str(told.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match=r"settings file nowhere\.toml is missing"):
        load([Path("nowhere.toml")], {})


def test_a_secret_comes_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("12:secret\n", "utf-8")
    settings = load([], {"HOTLINE_TELEGRAM_TOKEN_FILE": str(path)})
    assert settings.telegram.token == "12:secret"
    assert "secret" not in repr(settings.telegram).replace("webhook_secret", "")


def test_a_wrong_secret_is_not_shown_either(tmp_path: Path) -> None:
    path = settings_file(tmp_path, "[telegram]\ntoken = 4711\n")
    with pytest.raises(SettingsError) as told:
        load([path], {})
    assert "4711" not in str(told.value)


def test_a_child_reads_the_same_files() -> None:
    files = [ROOT / "config/demo.toml"]
    assert child_environment(files)["HOTLINE_CONFIG"] == str(files[0])


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminal_speaks_the_language_of_its_locale(
    environ: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert terminal_language() == language


def test_settings_cannot_be_changed_once_they_are_loaded() -> None:
    with pytest.raises(AttributeError):
        Settings().web.port = 1  # type: ignore[misc]


def test_every_setting_is_read_somewhere() -> None:
    text = "\n".join(text_of(path) for path in python_files())
    unread = [
        f"{section}.{field.name}"
        for section, cls in sections_declared()
        for field, _ in declared(cls)
        if not re.search(rf"\.{field.name}\b", text)
    ]
    assert not unread
