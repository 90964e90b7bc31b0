#!/usr/bin/python3
"""A client of fleet's API v1 that knows only the discovery document, and shares no code with Flotilla.

Usage: discovery_client.py (unix:///path | http://host:port) [BASE]

BASE is the API's base path, by default the document's basePath. Standard input is a JSON list of calls, each one of
    {"method": "Units.Set", "parameters": {...}, "body": ...}   a method of the document
    {"method": "Units.List", "all": "units"}                    the same, with all pages
    {"raw": ["PATCH", "/machines"], "body": ...}                a request that the document does not describe
A call may also have "headers" and "text" (a body to send unchanged). Standard output is
    {"connections": N, "answers": [{"status", "type", "allow", "text", "json"}]}
"""
import http.client
import json
import socket
import sys
from urllib.parse import quote, urlencode


class Connection(http.client.HTTPConnection):
    """A persistent connection that counts how often it was opened."""

    made = 0

    def __init__(self, endpoint):
        scheme, _, address = endpoint.partition("://")
        self.path = address if scheme == "unix" else None
        super().__init__("localhost" if self.path else address, timeout=30)

    def connect(self):
        self.made += 1
        if self.path is None:
            return super().connect()
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Client:
    def __init__(self, endpoint, base):
        self.connection = Connection(endpoint)
        self.document = json.loads(self.send("GET", (base or "/fleet/v1") + "/discovery")["text"])
        self.base = base or self.document["basePath"].rstrip("/")

    def call(self, call):
        if "raw" in call:
            method, path = call["raw"]
            return self.send(method, self.base + path, call)
        resource, _, name = call["method"].partition(".")
        method = self.document["resources"][resource]["methods"][name]
        answer = self.send(method["httpMethod"], self.target(method, call.get("parameters", {})), call)
        if call.get("all"):
            answer["pages"] = list(self.further_pages(method, call, answer))
        return answer

    def further_pages(self, method, call, answer):
        while answer["json"].get("nextPageToken"):
            # Send only the token, as fleet's documentation says.
            parameters = {"nextPageToken": answer["json"]["nextPageToken"]}
            answer = self.send(method["httpMethod"], self.target(method, parameters), call)
            yield answer

    def target(self, method, given):
        """Returns the URL as Google's API clients build it: with all reserved characters encoded and alt=json added."""
        path, query = method["path"], {"alt": "json"}
        for name, value in given.items():
            location = method["parameters"][name]["location"]
            if location == "path":
                path = path.replace("{%s}" % name, quote(value, safe=""))
            else:
                query[name] = value
        missing = [n for n, p in method.get("parameters", {}).items() if p.get("required") and n not in given]
        if missing:
            raise ValueError("%s needs %s" % (method["id"], missing))
        return "%s/%s?%s" % (self.base, path, urlencode(query))

    def send(self, method, target, call={}):
        headers = dict(call.get("headers", {}))
        body = call.get("text")
        if "body" in call:
            body = json.dumps(call["body"])
            headers.setdefault("Content-Type", "application/json")
        self.connection.request(method, target, body=body, headers=headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        kind = response.getheader("Content-Type")
        return {
            "status": response.status,
            "type": kind,
            "allow": response.getheader("Allow"),
            "text": text,
            "json": json.loads(text) if text and kind == "application/json" else None,
        }


if __name__ == "__main__":
    client = Client(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    answers = [client.call(call) for call in json.load(sys.stdin)]
    json.dump({"connections": client.connection.made, "answers": answers}, sys.stdout)
