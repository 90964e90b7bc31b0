#!/usr/bin/python3
"""Prints a unit's hash as a client computes it from the options that API v1 shows: the SHA-1 of the unit file that
go-systemd's unit package writes, sections in order of first appearance, a blank line between them.

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
