"""Every certificate is checked, always: the code has no way around it, and the settings have no word for one.

How a certificate that is not trusted is told is tested with each mail system.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from msgspec.structs import fields

from retention.core.city import City
from tests.test_floors import modules

LOOSE_NAMES = {
    "CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context", "disable_warnings", "NoVerifyHTTPAdapter",
    "InsecureRequestWarning", "assert_hostname", "assert_fingerprint",
}  # fmt: skip
LOOSE_VALUES = {
    "verify": {False, None}, "check_hostname": {False}, "verify_mode": {0}, "cert_reqs": {"CERT_NONE", 0, None},
    "verify_certificate": {False, None}, "validate_certs": {False}, "ssl": {False}, "insecure": {True},
}  # fmt: skip
ALLOWED = {("mail.asking.trust", "_shown_by")}
"""Reads the two names of a certificate that was refused, so that the refusal can say them. It sends nothing."""


def loosened(tree: ast.AST) -> Iterator[str]:
    """Whatever in the code might leave a certificate unchecked."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in LOOSE_NAMES:
                yield name
            case ast.keyword(arg=str(name), value=ast.Constant(value=value)) if _is_loose(name, value):
                yield f"{name}={value}"
            case ast.Assign(targets=targets, value=ast.Constant(value=value)):
                names = [each.attr for each in targets if isinstance(each, ast.Attribute)]
                yield from (f"{name}={value}" for name in names if _is_loose(name, value))


def _is_loose(name: str, value: object) -> bool:
    return name in LOOSE_VALUES and any(value is each or value == each for each in LOOSE_VALUES[name])


def functions(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The outermost functions and methods, and whatever stands outside of them as one."""
    outside = ast.Module(body=[], type_ignores=[])
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node)
        else:
            outside.body.append(node)
    yield "", outside


def test_no_certificate_is_left_unchecked_anywhere_in_the_code() -> None:
    found = {
        (module, function): names
        for module, path in modules()
        for function, node in functions(ast.parse(path.read_text("utf-8")))
        if (names := sorted(set(loosened(node))))
    }
    assert set(found) == ALLOWED, found


@pytest.mark.parametrize(
    "code",
    [
        "def a():\n    requests.get(url, verify=False)",
        "def a():\n    context.check_hostname = False",
        "def a():\n    context.verify_mode = ssl.CERT_NONE",
        "class A:\n    def a(self):\n        return ssl._create_unverified_context()",
        "import urllib3\nurllib3.disable_warnings()",
        "def a():\n    urllib3.PoolManager(cert_reqs='CERT_NONE')",
        "def a():\n    Asset(verify_certificate=False)",
    ],
)
def test_a_way_around_would_be_found(code: str) -> None:
    assert [name for _, node in functions(ast.parse(code)) for name in loosened(node)]


def test_the_settings_have_no_word_for_a_connection_that_is_not_checked() -> None:
    words = ("verif", "insecure", "tls", "ssl", "hostname", "trust", "unsafe")
    said = {
        f"{section.name}.{key.name}"
        for section in fields(City)
        if hasattr(section.type, "__struct_fields__")
        for key in fields(section.type)
    }
    assert "mail.ca_file" in said and len(said) > 50
    assert [key for key in sorted(said) if any(word in key for word in words)] == []


def test_no_environment_variable_is_read_that_could_switch_it_off() -> None:
    suspicious = ("VERIFY", "INSECURE", "NO_SSL", "NO_TLS", "CA_BUNDLE")
    found = {
        (module, node.value)
        for module, path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isupper()
        and any(word in node.value for word in suspicious)
    }
    assert found == set()
