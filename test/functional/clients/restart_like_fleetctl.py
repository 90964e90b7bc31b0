#!/usr/bin/python3
"""Restarts a unit with the same requests as fleet's own fleetctl: requests loaded, waits for launched, requests launched,
waits for launched.

Usage: restart_like_fleetctl.py http://host:port UNIT
"""
import json
import sys
import time
from urllib.parse import quote
from urllib.request import Request, urlopen

HEADERS = {"User-Agent": "google-api-go-client/0.5", "Content-Type": "application/json"}
url = "%s/fleet/v1/units/%s" % (sys.argv[1], quote(sys.argv[2], safe=""))
for state in ["loaded", "launched"]:
    urlopen(Request(url, json.dumps({"desiredState": state}).encode(), HEADERS, method="PUT"))
    deadline = time.time() + 10
    while True:
        time.sleep(0.25)
        if json.load(urlopen(Request(url, headers=HEADERS)))["currentState"] == "launched":
            break
        if time.time() > deadline:
            sys.exit("not launched after a request for %s" % state)
print("restarted")
