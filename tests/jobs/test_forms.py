"""What has to be signed is written in one folder: sheets and lists that name exactly the records of the plan."""

from __future__ import annotations

import csv
import subprocess
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from retention.core.plan import DestructionPlan
from retention.errors import WrongUsage
from retention.jobs.record import forms
from tests.jobs.archive import Archive, gate


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    gates = (gate(form="council-resolution"), gate("attorney", title="The attorney's consent", form="attorney-consent"))
    archive = Archive(tmp_path_factory.mktemp("forms") / "town", *gates)
    archive.capture("Requisition 1 for Quetzalcoatl", "Requisition 2", "Minutes of May")
    return archive


def written(archive: Archive, plan: DestructionPlan, folder: Path) -> tuple[forms.Written, ...]:
    return archive.see(lambda world: forms.write(world, plan, folder))


def test_each_sheet_names_the_plan_and_the_digest_of_its_list(archive: Archive, tmp_path: Path) -> None:
    plan = archive.destruction()
    made = written(archive, plan, tmp_path / "forms")
    assert [one.form for one in made] == ["attorney-consent", "council-resolution"]
    for one in made:
        listed = (tmp_path / "forms" / f"town-{one.form}-records.csv").read_bytes()
        assert sha256(listed).hexdigest() == one.digest and one.records == 2
        rows = list(csv.reader(StringIO(listed.decode("utf-8-sig"))))
        assert {row[0] for row in rows[1:]} == {step.place for step in plan.steps}
        said = " ".join(page.extract_text() for page in PdfReader(one.file).pages)
        assert one.digest in said and plan.digest in said and "exactly 2 records" in said
        assert one.digest in Path(one.file).with_suffix(".html").read_text()
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=tmp_path / "forms", check=True)


def test_nothing_of_the_mail_is_on_paper(archive: Archive, tmp_path: Path) -> None:
    written(archive, archive.destruction(), tmp_path / "forms")
    for path in (tmp_path / "forms").iterdir():
        data = path.read_bytes()
        if path.suffix == ".pdf":
            data = "\n".join(page.extract_text() for page in PdfReader(path).pages).encode()
        for secret in (b"Quetzalcoatl", b"Hello", b"someone@", b"ana.holm@"):
            assert secret not in data, path


def test_the_same_plan_gives_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    plan = archive.destruction()
    for name in ("a", "b"):
        written(archive, plan, tmp_path / name)
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second and len(first) == 9


def test_nothing_is_written_over_and_nothing_for_an_empty_plan_or_another_city(
    archive: Archive, tmp_path: Path
) -> None:
    plan = archive.destruction()
    (tmp_path / "there").mkdir()
    with pytest.raises(WrongUsage, match="already something"):
        written(archive, plan, tmp_path / "there")
    with pytest.raises(WrongUsage, match="nothing to destroy"):
        written(archive, replace(plan, steps=()), tmp_path / "new")
    with pytest.raises(WrongUsage, match="made for Elsewhere"):
        written(archive, replace(plan, city="Elsewhere"), tmp_path / "new")
    assert not (tmp_path / "new").exists()
