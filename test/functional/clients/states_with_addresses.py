#!/usr/bin/python3
"""Prints each unit's name, address and state, like monitoring tools for fleet: it looks up each state's machineID in the
list of machines. A missing machine ends the program with a KeyError.

Usage: states_with_addresses.py http://host:port
"""
import json
import sys
from urllib.request import urlopen

api = sys.argv[1] + "/fleet/v1"
# Read the states first: a machine may join in between, but no machine that reports a state may be missing.
states = json.load(urlopen(api + "/state")).get("states", [])
address = {machine["id"]: machine["primaryIP"] for machine in json.load(urlopen(api + "/machines"))["machines"]}
for state in states:
    print(state["name"], address[state["machineID"]], state["systemdActiveState"])
