"""Where a real city's record store must not lie, and settings of a store that cannot be right, as they are typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retention.cli import carry_out
from retention.cli.storing import shown
from retention.core.city import Store
from tests.cli.desk import OPERATOR, Desk
from tests.store.serving import S3, serving_s3

REAL = 'system = "graph"\ntenant = "t"\nclient = "c"\nsecret = "env:RETENTION_SECRET"'


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The settings of a real city, whose store is named at the end."""
    config = tmp_path / "retention.toml"
    config.write_text(
        f'[city]\nname = "Town"\ntime_zone = "America/Chicago"\n[mail]\n{REAL}\n'
        '[people]\n"kim@town.example" = {}\n[offices]\n"Records Manager" = ["kim@town.example"]\n[store]\n',
        "utf-8",
    )
    return config


def typed(city: Path, store: str, capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str]:
    before = city.read_text("utf-8")
    city.write_text(before + store, "utf-8")
    code = carry_out(["--config", str(city), *command])
    city.write_text(before, "utf-8")
    return code, "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("path", "reason", "kind"),
    [
        ("/home/ann/records", "a home directory", "home"),
        ("Desktop/records", "on a desktop", "desktop"),
        ("/media/ann/STICK/records", "a removable drive", "removable"),
        ("ann.pst", "an Outlook data file", "pst"),
    ],
)
def test_init_refuses_a_place_that_the_policy_forbids(
    city: Path, capsys: pytest.CaptureFixture[str], path: str, reason: str, kind: str
) -> None:
    code, said = typed(city, f'path = "{path}"\n', capsys, "init")
    assert code == 10 and reason in said and f"take '{kind}' out of 'store.refuse'" in said
    assert [file.name for file in city.parent.iterdir()] == ["retention.toml"]


def test_a_link_to_a_forbidden_place_is_that_place(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (city.parent / "records").symlink_to("/home/ann/records")
    assert typed(city, "", capsys, "init")[0] == 10


def test_a_city_whose_policy_allows_it_says_so_and_is_not_refused(
    city: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = typed(city, 'path = "Desktop/records"\nrefuse = ["home", "pst"]\n', capsys, "init")
    assert code == 0, said
    assert (city.parent / "Desktop" / "records" / "retention-store.json").is_file()


def test_a_store_that_lies_there_already_is_not_opened_either(city: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(city, 'path = "Desktop/records"\nrefuse = []\n', capsys, "init")[0] == 0
    code, said = typed(city, 'path = "Desktop/records"\n', capsys, "doctor")
    assert code == 10 and "on a desktop" in said


def test_in_a_rehearsal_nothing_is_refused(desk: Desk, change: Callable[[str, str], None]) -> None:
    """There are no records in it, and people try things out in their own home."""
    change("[limits]", '[store]\npath = "Desktop/records"\n[limits]')
    desk.done("init")
    assert (desk.folder / "Desktop" / "records").is_dir()


AMAZON = 'system = "object"\nurl = "s3://records/mail"\nregion = "us-west-2"\n'
AZURE = 'system = "object"\nurl = "az://records/mail"\naccount = "town"\n'
WRONG = {
    'system = "objects"': "did you mean 'object'?",
    'refuse = ["homes"]': "did you mean 'home'?",
    'url = "s3://records"': "'store.url' is of object storage",
    'secret = "hunter2"': "'store.secret': a secret is never written here",
    'system = "object"': "'store.url': write a bucket or container",
    'system = "object"\nurl = "https://s3.amazonaws.com/records"': "such as 's3://bucket/records'",
    'system = "object"\nurl = "s3://records"': "'store.region' is missing",
    AMAZON + 'key = "env:KEY"': "'store.key' and 'store.secret' belong together",
    AMAZON + 'secret = "env:SECRET"': "leave both out to use the machine's own role",
    AMAZON + 'key = "AKIA123"\nsecret = "env:S"': "'store.key': a secret is never written here",
    AMAZON + 'account = "town"': "'store.account' is of Azure",
    AMAZON + 'endpoint = "http://minio.town.example"': "records never travel unencrypted",
    AMAZON + 'endpoint = "minio.town.example"': "begins with https://",
    'system = "object"\nurl = "az://records"': "'store.account' is missing",
    AZURE: "'store.secret' is missing",
    AZURE + 'region = "us-west-2"': "'store.region' is of S3",
    AZURE + 'key = "env:KEY"': "'store.key' is of S3",
}


@pytest.mark.parametrize(("store", "problem"), WRONG.items(), ids=WRONG)
def test_a_store_that_cannot_be_right_is_told_with_its_key(
    city: Path, capsys: pytest.CaptureFixture[str], store: str, problem: str
) -> None:
    code, said = typed(city, store + "\n", capsys, "init")
    assert code == 10 and problem in said
    assert [file.name for file in city.parent.iterdir()] == ["retention.toml"]


def test_a_secret_that_is_not_there_is_told_by_its_own_key(
    city: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STORE_KEY", raising=False)
    code, said = typed(city, AMAZON + 'key = "env:STORE_KEY"\nsecret = "env:STORE_SECRET"\n', capsys, "init")
    assert code == 10 and "STORE_KEY that store.key points to is not set" in said


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with serving_s3() as endpoint:
        yield S3(endpoint)


def test_a_city_with_object_storage_captures_and_verifies_as_on_a_disk(
    desk: Desk, change: Callable[[str, str], None], s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.bucket(versions=True)
    monkeypatch.setenv("STORE_KEY", "key")
    monkeypatch.setenv("STORE_SECRET", "secret")
    change(
        "[limits]",
        f'[store]\nsystem = "object"\nurl = "{bucket.url}"\nregion = "{bucket.region}"\n'
        f'endpoint = "{bucket.endpoint}"\nkey = "env:STORE_KEY"\nsecret = "env:STORE_SECRET"\n[limits]',
    )
    told = desk.run("apply", desk.plan, by=OPERATOR)
    assert told.code == 14 and told.next_step.endswith("run `retention init` to make it.")
    assert bucket.url in desk.done("init").out
    desk.done("apply", desk.plan, by=OPERATOR)
    kept = [name for name in s3.versions(bucket) if name.endswith(".eml")]
    assert kept and not list((desk.folder / "records").rglob("*.eml"))
    desk.done("audit", "verify")
    s3.client.put_object(Bucket=bucket.url.split("/")[2], Key=f"mail/{kept[0]}", Body=b"changed")
    assert kept[0].rpartition("/")[2].removesuffix(".eml") in desk.refused("audit", "verify", code=41).error


def test_a_store_is_shown_as_it_is_named() -> None:
    assert shown(Store(path="/srv/records")) == "/srv/records"
    assert shown(Store(system="object", url="s3://records/mail")) == "s3://records/mail"
