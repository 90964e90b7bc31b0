#!/usr/bin/python3
"""Destroys a unit and waits like fleet's deployment tools: until the answer about its states is falsy. That requires
an empty object; {"states": []} and {"states": null} are not falsy.

Usage: wait_until_gone.py http://host:port UNIT
"""
import json
import sys
import time
from urllib.parse import quote
from urllib.request import Request, urlopen

api, unit = sys.argv[1] + "/fleet/v1", sys.argv[2]
urlopen(Request("%s/units/%s" % (api, quote(unit, safe="")), method="DELETE"))
deadline = time.time() + 20
while json.load(urlopen("%s/state?unitName=%s" % (api, quote(unit, safe="")))):
    if time.time() > deadline:
        sys.exit("%s is still there" % unit)
    time.sleep(0.1)
print("gone")
