"""Killed at any call into the bucket and started again, every run over records comes to the same end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from retention.core.destruction import RecordDeed, RecordOutcome
from tests.jobs.archive import OLD
from tests.jobs.bucketed import Bucketed, copied, story
from tests.jobs.killing import Killing, killing
from tests.store.serving import S3, serving_s3

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
DAYS = 31
