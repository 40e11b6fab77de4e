"""The metrics: a text file that Prometheus's node exporter reads, written whole or not at all.

What is counted is told to it; nothing is asked here.
"""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from retention import durable
from retention.core.health import Kind
from retention.telling.news import News


def write(path: Path, news: News) -> None:
    """Put the file in place; its name never shows half of it. Raises ``OSError``."""
    durable.write(path, text(news))


def text(news: News) -> bytes:
    """The file's bytes. Every kind of trouble is in it, those that are not there with 0, so that an alert can end."""
    registry = CollectorRegistry()
    _of_the_run(registry, news)
    wrong = _gauge(registry, "retention_wrong", "Of how many things something is wrong; 0 where all is well.", "kind")
    counts = dict.fromkeys(Kind, 0)
    for one in news.wrong:
        counts[one.kind] += one.count
    for kind, count in counts.items():
        wrong.labels(kind.value).set(count)
    waiting = _gauge(registry, "retention_waiting", "How many things wait for this office, or the operator.", "whom")
    for whom, count in news.waiting.items():
        waiting.labels(whom).set(count)
    for name, number in news.numbers.items():
        _gauge(registry, f"retention_{name.replace(' ', '_')}", f"Counted after the run: {name}.").set(number)
    return generate_latest(registry)


def _of_the_run(registry: CollectorRegistry, news: News) -> None:
    told = _gauge(registry, "retention_told_timestamp_seconds", "When this file was written.")
    told.set(news.at.timestamp())
    code = _gauge(registry, "retention_run_exit_code", "The exit code of the last run; 0 where it was done.")
    code.set(news.exit_code)
    if news.ended_at is not None:
        _gauge(registry, "retention_run_timestamp_seconds", "When the last run ended.").set(news.ended_at.timestamp())
    # 0 where there was none: an alert on the age of the last good run then sounds, as it should.
    good = _gauge(registry, "retention_good_run_timestamp_seconds", "When the last run ended that went well.")
    good.set(news.last_good_at.timestamp() if news.last_good_at else 0)
    seconds = _gauge(registry, "retention_run_stage_seconds", "How long each stage of the last run took.", "stage")
    counted = _gauge(registry, "retention_run_counted", "What each stage of the last run counted.", "stage", "what")
    for stage in news.stages:
        seconds.labels(stage.name).set(stage.seconds)
        for what, count in stage.counts.items():
            counted.labels(stage.name, what).set(count)


def _gauge(registry: CollectorRegistry, name: str, said: str, *labels: str) -> Gauge:
    return Gauge(name, said, labels, registry=registry)
