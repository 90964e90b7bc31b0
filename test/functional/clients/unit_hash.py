#!/usr/bin/python3
"""Prints a unit's hash, computed from the options in API v1 as fleet's clients do: the SHA-1 of the unit file as
go-systemd's unit package writes it, with sections in order of first appearance and a blank line between them.

Usage: unit_hash.py < unit.json
"""
import hashlib
import json
import sys

sections = {}
for option in json.load(sys.stdin)["options"]:
    lines = sections.setdefault(option.get("section", ""), [])
    lines.append("%s=%s\n" % (option.get("name", ""), option.get("value", "")))
text = "\n".join("[%s]\n%s" % (section, "".join(lines)) for section, lines in sections.items())
print(hashlib.sha1(text.encode()).hexdigest())
