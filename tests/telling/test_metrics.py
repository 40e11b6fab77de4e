"""The metrics: read back by the parser of Prometheus's own client."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from retention.core.health import Kind
from retention.telling import metrics
from tests.telling.told import AT, VANISHED, news

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_file_says_when_the_last_good_run_was_and_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "retention.prom"
    metrics.write(path, news(VANISHED))
    said = samples(path.read_text("utf-8"))
    assert said["retention_good_run_timestamp_seconds", ()] == AT.timestamp()
    assert said["retention_run_exit_code", ()] == 36
    assert said["retention_wrong", (("kind", "held mail vanished"),)] == 3
    assert said["retention_run_counted", (("stage", "apply"), ("what", "captured"))] == 4
    assert said["retention_messages_present", ()] == 12
    assert said["retention_waiting", (("whom", "City Attorney"),)] == 2


def test_what_is_not_wrong_is_said_to_be_none_so_that_an_alert_can_end() -> None:
    said = samples(metrics.text(news()).decode())
    assert {said["retention_wrong", (("kind", kind.value),)] for kind in Kind} == {0}


def test_a_city_that_never_ran_well_is_infinitely_late() -> None:
    from msgspec.structs import replace

    said = samples(metrics.text(replace(news(), last_good_at=None)).decode())
    assert said["retention_good_run_timestamp_seconds", ()] == 0


def test_an_office_with_quotes_and_line_ends_in_its_name_breaks_no_line() -> None:
    from msgspec.structs import replace

    said = samples(metrics.text(replace(news(), waiting={'The "City"\nAttorney\\': 1})).decode())
    assert said["retention_waiting", (("whom", 'The "City"\nAttorney\\'),)] == 1


def test_the_file_is_put_in_place_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for _ in range(3):
        metrics.write(tmp_path / "retention.prom", news())
    assert [one.name for one in tmp_path.iterdir()] == ["retention.prom"]
