"""The fixed words of a packet: the page's beginning and style, its introduction, and what README.txt says.

Whoever changes a word here changes the digest of these words in the verifier (``verifier/page.py``).
"""

from __future__ import annotations

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Proof of a hold</title>
<style>
:root { color-scheme: light dark; }
:root { --ink: #1a1a1a; --paper: #ffffff; --line: #767676; --shade: #f0f0f0; --link: #0b4f9e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f0f0f0; --paper: #161616; --line: #9a9a9a; --shade: #2a2a2a; --link: #9cc7ff; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 100%/1.5 Georgia, "Times New Roman", serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.8rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 .25rem; }
p { max-width: 44rem; margin: .5rem 0; }
a { color: var(--link); }
nav ul { columns: 22rem; padding-left: 1.25rem; }
section > div { overflow-x: auto; margin-top: .75rem; }
div:focus-visible, a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font: .85rem/1.4 system-ui, "Segoe UI", Arial, sans-serif; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top; }
th, td { max-width: 26rem; overflow-wrap: anywhere; white-space: pre-wrap; min-width: 3rem; }
thead th { background: var(--shade); }
tbody th { font-weight: 600; }
@media print {
  :root { --ink: #000000; --paper: #ffffff; --line: #555555; --shade: #eeeeee; --link: #000000; }
  main { max-width: none; padding: 0; }
  section > div { overflow: visible; }
  table { font-size: 7pt; width: 100%; }
  th, td { min-width: 0; padding: .1rem .2rem; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  nav { display: none; }
}
</style>
</head>
"""
TAIL = "\n</html>\n"

INTRO = " ".join(
    """This page was made from a ledger to which entries are only ever added, each with the digest of the one before
    it. The ledger lies beside this page in ledger.jsonl; entries about other matters are left unsaid there, but
    their places in the chain are not. Run verify.py, which needs nothing but Python, to check the chain and to make
    every table again from the entries. A column with a star is not proven so: the city's settings or its catalog of
    messages said it. Days are the city's; instants are in Universal Time (UTC).""".split()
)

README = """\
The proof of a hold
===================

proof.html          the proof, to be read in any browser, and printed
proof.json          the same for machines
*.csv               every table of it, with all rows
ledger.jsonl        the ledger: one entry a line, from the first to the last, in order
signatures/         of every signed entry that is shown, the statement that was signed and its signature
allowed_signers     whose keys these are, by the city's word (only where the city asks for signatures)
verify.py           checks all of this
manifest.sha256     every file and its SHA-256


To check it
-----------

    python3 verify.py

On Windows: py verify.py. It needs Python 3.8 or later, no network, and nothing else; where OpenSSH's ssh-keygen is
installed, it checks the signatures too. Whoever does not want to trust the verifier in this folder takes that file from
the same version of the product, or reads it: it is one file of plain Python.

The digest of the manifest stands for the whole packet. The city wrote it down in its ledger when it made this packet,
as an entry "hold proved"; whoever was told it apart from this folder gives it:

    python3 verify.py --manifest DIGEST

By hand, the files are checked with

    sha256sum -c manifest.sha256

and a signature with the command that proof.html names under "Signatures".


How the ledger is chained
-------------------------

Each line of ledger.jsonl holds an entry's digest, its head, and what it says:

    {"digest":"…","head":{…},"said":{…}}

The digest is the SHA-256 of the head, byte for byte as it stands. The head has the entry's number, its instant, the
digest of the entry before it ("previous"), and the SHA-256 of what is said. Where "said" is missing, the entry is left
unsaid: it is about another matter, and its place in the chain is checked all the same. The city can show such an entry
to a court alone; its digest here proves that it is the one that always stood there.

A line {"torn":"…"} stands for one that a crash cut off while it was being written; the entry after it says so. A line
{"digest":"…"} is an entry of the ledger's first form, which cannot be left unsaid and is left out; what is shown of
entries before it is not bound to the rest.


What this cannot prove
----------------------

That no entry that is left unsaid belongs here: that is the city's word, unless it shows the whole ledger. That the
ledger was not made anew from its first entry: for that, compare its last digest with one that was told to somebody
else at the time, or look at the signatures, which nobody but their persons can make. What the columns with a star say.
"""

EXPORT_README = """\
The ledger
==========

ledger.jsonl        the ledger: one entry a line, from the first to the last, in order
published/          its heads that the city made known, and the timestamps they were given
signatures/         of every signed entry, the statement that was signed and its signature
allowed_signers     whose keys these are, by the city's word (only where the city asks for signatures)
timestamp_certificates.pem
                    the certificates on which the timestamps rest, by the city's word (only where it has them)
export.json         whose ledger it is, how long it was, who made this folder and when
verify.py           checks all of this
manifest.sha256     every file and its SHA-256


To check it
-----------

    python3 verify.py

On Windows: py verify.py. It needs Python 3.8 or later, no network, and nothing else; where OpenSSH's ssh-keygen is
installed, it checks the signatures too, and where OpenSSL is, the timestamps. Whoever does not want to trust the
verifier in this folder takes that file from the same version of the product, or reads it: it is one file of plain
Python.

The digest of the manifest stands for the whole folder. The city wrote it down in its ledger when it made this folder,
as an entry "ledger exported", the next after those that are here.


How the ledger is chained
-------------------------

Each line of ledger.jsonl holds an entry's digest, its head, and what it says:

    {"digest":"...","head":{...},"said":{...}}

The digest is the SHA-256 of the head, byte for byte as it stands. The head has the entry's number, its instant, the
digest of the entry before it ("previous"), and the SHA-256 of what is said. Entries of an older form have their digest
and "entry", of which it is the SHA-256. A line that is none was cut off by a crash: the entry after it says so.

A published head says how many entries there were and what the digest of the last was. Whoever was given one at the
time, apart from this folder, compares it with the file of that name in published/. The name is the number of entries
and the digest.


What this cannot prove
----------------------

That the ledger was not made anew from its first entry, where no head was published, nothing was signed, and nobody kept
a digest. That what it says was so: it proves that it was written down then, and not changed since. What sealed matters
say: they are encrypted in the ledger itself.
"""
