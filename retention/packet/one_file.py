"""The verifier as one file: its parts joined, so that a stranger has one thing to read and to run.

What is checked, and how, is in the parts.
"""

from __future__ import annotations

import ast
from importlib.resources import files

PARTS = (
    "text",
    "manifest",
    "chain",
    "life",
    "days",
    "tables",
    "deeds",
    "signatures",
    "again",
    "page",
    "verify",
)
"""In this order each finds what it uses above it."""
EXPORT_PARTS = ("text", "manifest", "chain", "signatures", "heads", "exported")
"""The parts that check the ledger whole."""

HEADER = '''\
"""Checks the proof of a hold on any machine: python3 verify.py [FOLDER] [--manifest DIGEST]

It needs Python 3.8 or later and nothing else; where OpenSSH's ssh-keygen is installed, signatures are checked too.
It shares no code with the product that wrote the packet: every table is made again from the entries of the ledger, and
compared. The exit code is 0 where all of it holds, and 1 otherwise.
"""

from __future__ import annotations

'''
EXPORT_HEADER = '''\
"""Checks an exported ledger on any machine: python3 verify.py [FOLDER] [--manifest DIGEST]

It needs Python 3.8 or later and nothing else; where OpenSSH's ssh-keygen is installed, signatures are checked too, and
where OpenSSL is, timestamps. It shares no code with the product that wrote the ledger. The exit code is 0 where all of
it holds, and 1 otherwise.
"""

from __future__ import annotations

'''
FOOTER = """

if __name__ == "__main__":
    sys.exit(main())
"""


def verifier() -> bytes:
    """The text of ``verify.py`` as it lies in every packet."""
    return _joined(HEADER, PARTS)


def export_verifier() -> bytes:
    """The text of ``verify.py`` as it lies in every export of the ledger."""
    return _joined(EXPORT_HEADER, EXPORT_PARTS)


def _joined(header: str, parts: tuple[str, ...]) -> bytes:
    imports: set[str] = set()
    bodies = [_body(part, imports) for part in parts]
    return (header + "\n".join(sorted(imports)) + "\n" + "".join(bodies) + FOOTER).encode()


def _body(part: str, imports: set[str]) -> str:
    """A part without its imports, which stand above all parts; its docstring becomes a comment."""
    source = files("retention.packet.verifier").joinpath(f"{part}.py").read_text("utf-8")
    tree, rows = ast.parse(source), source.splitlines()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            text = ast.unparse(node)
            if "retention." not in text and "__future__" not in text:
                imports.add(text)
            _blank(rows, node)
    _blank(rows, tree.body[0])
    said = (ast.get_docstring(tree) or "").splitlines()
    comment = "\n".join(f"# {line}".rstrip() for line in said)
    return f"\n\n{comment}\n\n" + "\n".join(rows).strip("\n") + "\n"


def _blank(rows: list[str], node: ast.stmt) -> None:
    for n in range(node.lineno - 1, node.end_lineno or node.lineno):
        rows[n] = ""
