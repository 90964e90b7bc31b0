#!/usr/bin/python3
"""Prints each unit's name, address and state, as monitors did: every state's machineID is looked up among the machines,
and one that is not there ends the program with a KeyError.

Usage: states_with_addresses.py http://host:port
"""
import json
import sys
from urllib.request import urlopen

api = sys.argv[1] + "/fleet/v1"
# States first: a machine may join between the two, and none that reports a state may be missing.
states = json.load(urlopen(api + "/state")).get("states", [])
address = {machine["id"]: machine["primaryIP"] for machine in json.load(urlopen(api + "/machines"))["machines"]}
for state in states:
    print(state["name"], address[state["machineID"]], state["systemdActiveState"])
