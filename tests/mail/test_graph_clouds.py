"""Where each cloud is and what it lacks, against Microsoft's own schemas.

Nothing is sent here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from retention.core.message import Removal
from retention.errors import BadConfiguration
from retention.mail.graph import CLOUDS, GraphMail, GraphSettings
from retention.mail.graph.asked import SELECT

SCHEMAS = {"global": "Prod", "gcc-high": "Fairfax", "dod": "Fairfax", "china": "Mooncake"}


def settings(**changed: str) -> GraphSettings:
    given = {"tenant": "contoso", "client": "an-app", "secret": "a-secret"} | changed
    return GraphSettings(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cloud", "graph", "authority"),
    [
        ("global", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ("gcc-high", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ("dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
        ("china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_own_hosts(cloud: str, graph: str, authority: str) -> None:
    assert (CLOUDS[cloud].graph, CLOUDS[cloud].authority) == (graph, authority)
    mail = GraphMail(settings(cloud=cloud))
    assert mail._wire.root == f"{graph}/v1.0"
    assert mail._sign_in._scope == f"{graph}/.default"
    assert mail._sign_in._authority == f"{authority}/contoso"


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_what_each_cloud_lacks_is_what_its_schema_lacks(cloud: str, shared: Path) -> None:
    matrix = yaml.safe_load((shared / "contracts" / "graph-mail-cloud-matrix.yaml").read_text())
    declared = matrix["clouds"][SCHEMAS[cloud]]
    ours = CLOUDS[cloud]
    assert ours.delta == declared["operations"]["message.delta"]
    assert ours.permanent_delete == declared["operations"]["message.permanentDelete"]
    assert declared["operations"]["message.move"]
    assert list(ours.message_properties_missing) == declared["message_properties_missing"]


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_no_property_is_asked_for_that_the_cloud_lacks(cloud: str) -> None:
    assert not set(SELECT.split(",")) & set(CLOUDS[cloud].message_properties_missing)


def test_gcc_high_and_dod_and_china_have_no_permanent_removal() -> None:
    for cloud in ("gcc-high", "dod", "china"):
        assert GraphMail(settings(cloud=cloud)).capabilities.removals == (Removal.DELETED_ITEMS, Removal.RECOVERABLE)
    assert Removal.PERMANENT in GraphMail(settings()).capabilities.removals


def test_an_unknown_cloud_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadConfiguration, match="gcc") as refusal:
        GraphMail(settings(cloud="gcc"))
    assert "GCC is in the global cloud" in refusal.value.next_step


def test_a_stand_in_for_graph_alone_still_asks_for_tokens_of_the_real_one() -> None:
    mail = GraphMail(settings(graph_url="https://127.0.0.1:9/v1.0/"))
    assert mail._wire.root == "https://127.0.0.1:9/v1.0"
    assert mail._sign_in._scope == "https://graph.microsoft.com/.default"


@pytest.mark.parametrize("url", ["http://graph.example", "ftp://graph.example", "graph.example", "https://h/?x=1"])
def test_a_url_that_is_not_encrypted_or_no_url_is_refused(url: str) -> None:
    with pytest.raises(BadConfiguration, match="graph_url"):
        GraphMail(settings(graph_url=url))


def test_settings_never_show_their_secret() -> None:
    given = settings(secret="hunter2", certificate_password="hunter3")
    assert "hunter" not in repr(given) and "hunter" not in str(given) and "hunter" not in f"{given!r}"
